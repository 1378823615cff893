import { LinkButton, useLinkComponent } from "@annex/ui-kit";
import { useCan } from "../../session/use-can.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { useUrlFilters } from "../../url-filters.ts";
import { Catalogue } from "./catalogue.tsx";
import { Installed } from "./installed.tsx";

export default function ExtensionsPage() {
  const { values } = useUrlFilters(["show"]);
  const tenantPath = useTenantPath();
  const mayPublish = useCan("extension:publish");
  const publish = mayPublish && <LinkButton href={tenantPath("/publish")}>Publish a version</LinkButton>;
  return (
    <>
      <PageHead title="Extensions" actions={publish} />
      <Segments shown={values.show} />
      {values.show === "catalogue" ? <Catalogue /> : <Installed />}
    </>
  );
}

function Segments({ shown }: { shown: string }) {
  const home = useTenantPath()("/extensions");
  const Anchor = useLinkComponent();
  const segments = [
    { label: "Installed", href: home, isHere: shown !== "catalogue" },
    { label: "Catalogue", href: `${home}?show=catalogue`, isHere: shown === "catalogue" },
  ];
  return (
    <nav className="page-tabs" aria-label="Which extensions">
      <ul>
        {segments.map(({ label, href, isHere }) => (
          <li key={label}>
            <Anchor href={href} className="page-tab" aria-current={isHere ? "page" : undefined}>
              {label}
            </Anchor>
          </li>
        ))}
      </ul>
    </nav>
  );
}
