// The extension's entry: what the platform calls for every request.
import { jsonResponse } from "@annex/extension-runtime";

import { echo } from "./echo.js";
import { hello } from "./hello.js";

const HANDLERS = {
  "GET /hello": hello,
  "POST /echo": echo,
};

export async function handler(request, host) {
  const { method, url } = request.http;
  const endpoint = `${method} ${url.split(/[?#]/, 1)[0]}`;
  if (!Object.hasOwn(HANDLERS, endpoint)) {
    return answer({ message: "This extension answers GET /hello and POST /echo." }, 404);
  }
  host.logging.info(`answering ${endpoint}`);
  return answer(await HANDLERS[endpoint](request.http, host));
}

function answer(document, status = 200) {
  return jsonResponse(document, { status, headers: [{ name: "cache-control", value: "no-store" }] });
}
