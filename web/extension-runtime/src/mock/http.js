// http.fetch of the mocks: the host is judged and secrets are put in as on the platform, and a function of the test
// answers instead of the network.
import { LIMITS } from "./limits.js";
import { refuse } from "./refuse.js";

const SUBREQUESTS = 50;
const DEFAULT_PORTS = { "http:": "80", "https:": "443" };
const TEMPLATE = /\{\{secret:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})\}\}/g;
const IN_QUERY = /(?:%7B|\{){2}secret(?::|%3A)([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?:%7D|\}){2}/gi;

export function mockHttp({ egress, manifest, fetch: answerTo, secrets = {} }, grants, requests) {
  const allowed = egress ?? manifest?.["x-annex-egress"] ?? (manifest === undefined ? undefined : []);
  const not = () => refuse("http.fetch", "not-allowed");
  return {
    fetch(request) {
      if (!grants.has("cap:http.fetch")) {
        not();
      }
      if (requests.length >= SUBREQUESTS) {
        throw new Error(`SUBREQUEST_LIMIT_EXCEEDED: one call may not make more subrequests than ${SUBREQUESTS}.`);
      }
      requests.push(request);
      const target = targetOf(request.url);
      if (!LIMITS.httpMethods.includes(request.method.toUpperCase())) {
        not();
      }
      if (allowed !== undefined && !allowed.some((pattern) => matches(pattern, target))) {
        not();
      }
      const sent = withSecrets(request, (name) => {
        const secret = secrets[name];
        const hosts = typeof secret === "object" ? (secret.hosts ?? []) : [];
        return hosts.some((pattern) => matches(pattern, target)) ? secret.value : not();
      });
      return completed(answerTo?.(sent));
    },
  };
}

function targetOf(url) {
  let target;
  try {
    target = new URL(url);
  } catch {
    return refuse("http.fetch", "invalid-url");
  }
  const isPlain = Object.hasOwn(DEFAULT_PORTS, target.protocol) && !target.username && !target.password;
  return isPlain && !url.includes("\\") ? target : refuse("http.fetch", "invalid-url");
}

// `host`, `*.host`, with a scheme and a port if they are not https and 443.
function matches(pattern, target) {
  const withScheme = pattern.includes("://") ? pattern : `https://${pattern}`;
  const isWildcard = withScheme.includes("://*.");
  const wanted = new URL(withScheme.replace("://*.", "://"));
  const portOf = (address) => address.port || DEFAULT_PORTS[address.protocol];
  if (wanted.protocol !== target.protocol || portOf(wanted) !== portOf(target)) {
    return false;
  }
  return isWildcard ? target.hostname.endsWith(`.${wanted.hostname}`) : target.hostname === wanted.hostname;
}

function withSecrets(request, valueOf) {
  const [path, ...query] = request.url.split("?");
  const queryText = query.join("?").replace(IN_QUERY, (_, name) => encodeURIComponent(valueOf(name)));
  const headers = (request.headers ?? []).map(({ name, value }) => ({
    name,
    value: value.replace(TEMPLATE, (_, secret) => valueOf(secret)),
  }));
  const kind = headers.find(({ name }) => name.toLowerCase() === "content-type")?.value ?? "";
  const escape = escapeFor(kind.split(";", 1)[0].trim().toLowerCase());
  const text = request.body == null ? null : new TextDecoder().decode(Uint8Array.from(request.body));
  const filled = text?.replace(TEMPLATE, (_, name) => escape(valueOf(name)));
  return {
    method: request.method,
    url: query.length > 0 ? `${path}?${queryText}` : path,
    headers,
    body: text === null ? null : filled === text ? request.body : new TextEncoder().encode(filled),
  };
}

function escapeFor(kind) {
  if (kind === "application/json" || kind.endsWith("+json")) {
    return (value) => JSON.stringify(value).slice(1, -1);
  }
  return kind === "application/x-www-form-urlencoded" ? encodeURIComponent : String;
}

// What a test answers may be short: nothing is an empty 200, and a document is its JSON.
function completed(answer = {}) {
  const { status = 200, headers = [], body = null, json } = answer;
  if (json !== undefined) {
    return {
      status,
      headers: [{ name: "content-type", value: "application/json" }, ...headers],
      body: new TextEncoder().encode(JSON.stringify(json)),
    };
  }
  return { status, headers, body: typeof body === "string" ? new TextEncoder().encode(body) : body };
}
