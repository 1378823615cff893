import type { LinkComponentProps } from "@annex/ui-kit";
import { Link } from "react-router";

/** Draws the kit's links: addresses of the console without loading the page anew, others as they are. */
export function RouterLink({ href, ...rest }: LinkComponentProps) {
  const isOwn = href.startsWith("/") && !/^\/(api|log|assets|ext-ui)\//.test(href);
  return isOwn && rest.download === undefined ? <Link to={href} {...rest} /> : <a href={href} {...rest} />;
}
