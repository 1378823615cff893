import type { ApiAnswer } from "../../src/contract/messages.ts";
import type { HostRequest } from "../../src/host/host-ports.ts";

const json = (status: number, value: unknown, more: Record<string, string> = {}): ApiAnswer => ({
  status,
  headers: { "content-type": "application/json", "x-request-id": "req-test", ...more },
  body: JSON.stringify(value),
  encoding: "text",
});

/** The API that the suite of hosts is run against. */
export async function suiteAnswer(request: HostRequest): Promise<ApiAnswer> {
  const { method, path, headers, body } = request;
  switch (path.split("?")[0]) {
    case "/empty":
      return { status: 204, headers: {} };
    case "/bytes":
      return { status: 200, headers: { "content-type": "image/png" }, body: "AP8=", encoding: "base64" };
    case "/long":
      return {
        status: 200,
        headers: { "content-type": "text/plain" },
        body: "x".repeat(200_000),
        encoding: "text",
      };
    case "/refused":
      return json(422, { code: "TEXT_MISSING", details: { field: "text" } });
    case "/limited":
      return json(429, { code: "RATE_LIMITED", message: "Wait." }, { "x-annex-problem": "RATE_LIMITED" });
    default:
      return json(200, { method, path, headers, body });
  }
}
