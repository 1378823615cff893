import config from "alga:extension/config";
import context from "alga:extension/context";

import { jsonAnswer } from "./answer.js";
import { queryParameter } from "./query.js";

const LONGEST_NAME = 100;

// GET /hello?name=Ada: greets with the install's `greeting`, and says on whose behalf it was called.
export function hello(request) {
  const name = queryParameter(request.url, "name")?.trim() || "world";
  const who = [...name].slice(0, LONGEST_NAME).join("");
  const call = context.getContext();
  return jsonAnswer(200, {
    message: `${config.get("greeting") || "Hello"}, ${who}!`,
    who,
    tenant_id: call.tenantId,
    extension_id: call.extensionId,
    install_id: call.installId ?? null,
    request_id: call.requestId ?? null,
  });
}
