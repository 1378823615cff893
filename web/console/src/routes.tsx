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
  {
    path: "publish",
    title: "Publish a version",
    page: page(() => import("./pages/publish/page.tsx")),
    permission: "extension:publish",
    nav: "Publish",
  },
  {
    path: "secrets-due",
    title: "Secrets due",
    page: page(() => import("./pages/secrets-due/page.tsx")),
    permission: "extension:read",
    nav: "Secrets due",
  },
  {
    path: "settings/quotas",
    title: "Quotas",
    page: page(() => import("./pages/quotas/page.tsx")),
    permission: "extension:read",
    nav: "Quotas",
  },
  {
    path: "settings/controls",
    title: "Controls",
    page: page(() => import("./pages/controls/page.tsx")),
    permission: "extension:read",
    nav: "Controls",
  },
  {
    path: "settings/kill-switches",
    title: "Kill switches",
    page: page(() => import("./pages/kill-switches/page.tsx")),
    permission: "platform:admin",
    nav: "Kill switches",
  },
  {
    path: "settings/api-keys",
    title: "API keys",
    page: page(() => import("./pages/api-keys/page.tsx")),
    permission: "tenant:admin",
    nav: "API keys",
  },
  {
    path: "settings/members",
    title: "Members and roles",
    page: page(() => import("./pages/members/page.tsx")),
    permission: "tenant:admin",
    nav: "Members and roles",
  },
  {
    path: "settings/audit",
    title: "Audit",
    page: page(() => import("./pages/audit/page.tsx")),
    permission: "tenant:admin",
    nav: "Audit",
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
    path: "versions",
    title: "Versions",
    page: page(() => import("./pages/versions/page.tsx")),
    permission: "extension:read",
    nav: "Versions",
  },
  {
    path: "versions/:version",
    title: "Version",
    page: page(() => import("./pages/version/page.tsx")),
    permission: "extension:read",
  },
  {
    path: "capabilities",
    title: "Capabilities",
    page: page(() => import("./pages/capabilities/page.tsx")),
    permission: "extension:read",
    nav: "Capabilities",
  },
  {
    path: "configuration",
    title: "Configuration",
    page: page(() => import("./pages/configuration/page.tsx")),
    permission: "extension:read",
    nav: "Configuration",
  },
  {
    path: "secrets",
    title: "Secrets",
    page: page(() => import("./pages/secrets/page.tsx")),
    permission: "extension:read",
    nav: "Secrets",
  },
  {
    path: "controls",
    title: "Controls",
    page: page(() => import("./pages/extension-controls/page.tsx")),
    permission: "extension:read",
    nav: "Controls",
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
    path: "activity",
    title: "Activity",
    page: page(() => import("./pages/activity/page.tsx")),
    permission: "extension:read",
    nav: "Activity",
  },
  {
    path: "manage",
    title: "Manage",
    page: page(() => import("./pages/manage/page.tsx")),
    permission: "extension:read",
    nav: "Manage",
  },
  {
    path: "open/*",
    title: "Open",
    page: page(() => import("./pages/open/page.tsx")),
    permission: "extension:read",
  },
  {
    path: "install",
    title: "Install",
    page: page(() => import("./pages/install/page.tsx")),
    permission: "extension:write",
  },
  {
    path: "upgrade",
    title: "Upgrade",
    page: page(() => import("./pages/upgrade/page.tsx")),
    permission: "extension:write",
  },
  {
    path: "rollback",
    title: "Roll back",
    page: page(() => import("./pages/rollback/page.tsx")),
    permission: "extension:write",
  },
];

/** Pages for whoever is signed in, outside any tenant's addresses. */
export const PLAIN_PAGES: readonly ConsolePage[] = [
  {
    path: "device",
    title: "Sign in a device",
    page: page(() => import("./pages/device/page.tsx")),
  },
];
