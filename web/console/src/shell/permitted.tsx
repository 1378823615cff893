import type { ComponentType, LazyExoticComponent } from "react";
import type { Permission } from "../session/session.ts";
import { can } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";
import { NoPermission } from "../states/no-permission.tsx";
import { PageHead } from "./page-head.tsx";

export interface PermittedProps {
  readonly page: LazyExoticComponent<ComponentType>;
  readonly title: string;
  readonly permission?: Permission | undefined;
  /** Whether another head stands above already, as over the pages of an extension. */
  readonly hasHead?: boolean;
}

/** The page, or in its frame which permission it takes. */
export function Permitted({ page: Page, title, permission, hasHead = false }: PermittedProps) {
  const session = useSession();
  if (permission === undefined || can(session, permission)) return <Page />;
  return (
    <>
      {!hasHead && <PageHead title={title} />}
      <NoPermission permission={permission} />
    </>
  );
}
