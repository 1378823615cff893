import type { Context } from "../contract/messages.ts";
import type { TestHostOptions } from "./create-test-host.ts";

const ID = "00000000-0000-4000-8000-00000000000";

/** A context with everything in it; the options say what matters to a test. */
export function testContext({ context = {}, theme, role }: TestHostOptions): Context {
  return {
    extension: { id: `${ID}1`, publisher: "acme", name: "sample" },
    version: "1.0.0",
    contentHash: `sha256:${"0".repeat(64)}`,
    installId: `${ID}2`,
    tenant: { id: `${ID}3`, name: "Test tenant" },
    permissions: ["extension:read", "extension:write"],
    locale: "en",
    path: "/",
    ...context,
    user: { id: `${ID}4`, name: "Test user", kind: "user", role, ...context.user },
    theme: theme ?? context.theme ?? { mode: "light", tokens: {} },
  };
}
