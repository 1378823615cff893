import { classNames } from "../base/class-names.ts";
import { type LinkComponentProps, useLinkComponent } from "./link-provider.tsx";

/** A link in text. */
export function Link({ className, ...rest }: LinkComponentProps) {
  const Anchor = useLinkComponent();
  return <Anchor {...rest} className={classNames("annex-link", className)} />;
}
