/** Every page of the console in one list: its address, title, place, the permission it takes, its code. */

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Permission } from "./session/session.ts";

export interface ConsolePage {
  /** Below `/t/{tenant}`, or below `/t/{tenant}/extensions/{publisher}/{name}` for pages of an extension. */
  readonly path: string;
  readonly title: string;
  readonly page: LazyExoticComponent<ComponentType>;
  /** Without it the page keeps its frame and says what is missing. */
  readonly permission?: Permission;
  /** Its place in the side navigation or among an extension's tabs; pages without one are led to by links. */
  readonly nav?: string;
}

const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);

/** Pages of a tenant. */
export const TENANT_PAGES: readonly ConsolePage[] = [
  {
    path: "extensions",
    title: "Extensions",
    page: page(() => import("./pages/extensions/page.tsx")),
    permission: "extension:read",
    nav: "Extensions",
  },
  {
    path: "executions",
    title: "Executions",
    page: page(() => import("./pages/executions/page.tsx")),
    permission: "extension:read",
    nav: "Executions",
  },
  {
    path: "executions/:execution",
    title: "Execution",
    page: page(() => import("./pages/execution/page.tsx")),
    permission: "extension:read",
  },
  {
    path: "usage",
    title: "Usage",
    page: page(() => import("./pages/usage/page.tsx")),
    permission: "extension:read",
    nav: "Usage",
  },
];

/** Pages of one extension, shown below its head. The tabs come in this order. */
export const EXTENSION_PAGES: readonly ConsolePage[] = [
  {
    path: "",
    title: "Overview",
    page: page(() => import("./pages/overview/page.tsx")),
    permission: "extension:read",
    nav: "Overview",
  },
  {
    path: "executions",
    title: "Executions",
    page: page(() => import("./pages/extension-executions/page.tsx")),
    permission: "extension:read",
    nav: "Executions",
  },
  {
    path: "debug",
    title: "Live debug",
    page: page(() => import("./pages/live-debug/page.tsx")),
    permission: "extension:debug",
    nav: "Live debug",
  },
  {
    path: "open/*",
    title: "Open",
    page: page(() => import("./pages/open/page.tsx")),
    permission: "extension:read",
  },
];

/** Pages for whoever is signed in, outside any tenant's addresses. */
export const PLAIN_PAGES: readonly ConsolePage[] = [];
