import { useRouteError } from "react-router";
import { Failed } from "../states/failed.tsx";

/** What a page that failed while it was drawn leaves in its place; the frame around it stays. */
export function PageCrash() {
  return <Failed error={useRouteError()} title="This page failed" retry={() => location.reload()} />;
}
