import type { Context } from "@annex/iframe-sdk";
import { KeyValue, Section } from "@annex/ui-kit";

/** What the host says about where and for whom the page is open. */
export function Details({ context }: { context: Context }) {
  const { user, tenant, extension, version, locale } = context;
  return (
    <Section title={`Hello, ${user.name ?? "whoever you are"}`}>
      <KeyValue
        items={[
          { label: "Tenant", value: tenant.name ?? tenant.id },
          { label: "Extension", value: `${extension.publisher}/${extension.name} ${version}` },
          { label: "Language", value: locale },
        ]}
      />
    </Section>
  );
}
