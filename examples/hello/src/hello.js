import { queryParameter } from "./query.js";

const LONGEST_NAME = 100;

// GET /hello?name=Ada: greets with the install's `greeting`, and says on whose behalf it was called.
export async function hello(request, host) {
  const name = queryParameter(request.url, "name")?.trim() || "world";
  const who = [...name].slice(0, LONGEST_NAME).join("");
  const greeting = await host.config.get("greeting");
  const call = await host.context.get();
  return {
    message: `${greeting || "Hello"}, ${who}!`,
    who,
    tenant_id: call.tenantId,
    extension_id: call.extensionId,
    install_id: call.installId ?? null,
    request_id: call.requestId ?? null,
  };
}
