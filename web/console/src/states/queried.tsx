import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Permission } from "../session/session.ts";
import { Failed } from "./failed.tsx";
import { Loading } from "./loading.tsx";
import { NoPermission } from "./no-permission.tsx";
import { StaleBanner } from "./stale-banner.tsx";

export interface QueriedProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly what: string;
  /** What a 403 means here, and the sentence beside it. */
  readonly permission?: Permission;
  readonly forbidden?: string;
  readonly skeleton?: ReactNode;
  readonly children: (data: NonNullable<Data>) => ReactNode;
}

/** Shows the state a query is in; data once read stays on the page, with a banner when it is old. */
export function Queried<Data>(props: QueriedProps<Data>) {
  const { query, what, skeleton, children } = props;
  const retry = () => void query.refetch();
  if (query.data !== undefined && query.data !== null) {
    return (
      <>
        {query.isError && <StaleBanner shownAsOf={query.dataUpdatedAt} error={query.error} retry={retry} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error instanceof ApiError && query.error.status === 403 && props.permission) {
    const { permission, forbidden } = props;
    return <NoPermission permission={permission} {...(forbidden && { sentence: forbidden })} />;
  }
  if (query.isError) return <Failed error={query.error} retry={retry} title={`Cannot show ${what}`} />;
  return <Loading what={what} skeleton={skeleton} />;
}
