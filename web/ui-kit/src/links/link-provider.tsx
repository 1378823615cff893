import {
  type AnchorHTMLAttributes,
  type ComponentType,
  createContext,
  type ReactNode,
  type Ref,
  use,
} from "react";

/** What a router's link component is given; `href` is the address within the application. */
export interface LinkComponentProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
  ref?: Ref<HTMLAnchorElement> | undefined;
}

const LinkContext = createContext<ComponentType<LinkComponentProps> | "a">("a");

/** Have every link of the kit drawn by the application's router; without it they are plain anchors. */
export function LinkProvider(props: { component: ComponentType<LinkComponentProps>; children: ReactNode }) {
  return <LinkContext value={props.component}>{props.children}</LinkContext>;
}

/** The component that draws links here. */
export function useLinkComponent(): ComponentType<LinkComponentProps> | "a" {
  return use(LinkContext);
}
