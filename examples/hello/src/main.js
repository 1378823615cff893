// The component's entry: one synchronous function. A promise would trap here, because nothing runs pending jobs.
import logging from "alga:extension/logging";

import { jsonAnswer } from "./answer.js";
import { echo } from "./echo.js";
import { hello } from "./hello.js";

const HANDLERS = {
  "GET /hello": hello,
  "POST /echo": echo,
};

export function handler(request) {
  const { method, url } = request.http;
  const endpoint = `${method} ${url.split(/[?#]/, 1)[0]}`;
  if (!Object.hasOwn(HANDLERS, endpoint)) {
    return jsonAnswer(404, { message: "This extension answers GET /hello and POST /echo." });
  }
  logging.logInfo(`answering ${endpoint}`);
  return HANDLERS[endpoint](request.http);
}
