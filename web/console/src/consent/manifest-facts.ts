/** What the console reads of a manifest: a document that was judged at upload and is still nobody's type. */

export interface Endpoint {
  readonly method: string;
  readonly path: string;
}

export interface ManifestFacts {
  readonly capabilities: readonly string[];
  readonly hosts: readonly string[];
  readonly topics: readonly string[];
  readonly endpoints: readonly Endpoint[];
  readonly secretMaxAgeDays: number | null;
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  /** The label under which users of the client portal meet it. */
  readonly clientPortalLabel: string | null;
}

type Json = Readonly<Record<string, unknown>>;

export function factsOf(manifest: unknown, capabilities: readonly string[] = []): ManifestFacts {
  const document = recordOf(manifest);
  const rotation = recordOf(document["secretRotation"])["maxAgeDays"];
  const schema = document["configSchema"];
  const menu = recordOf(recordOf(recordOf(document["ui"])["hooks"])["clientPortalMenu"]);
  return {
    capabilities,
    hosts: textsOf(document["x-annex-egress"]),
    topics: listOf(document["events"]).map((event) => String(recordOf(event)["topic"] ?? "")),
    endpoints: listOf(recordOf(document["api"])["endpoints"]).map(endpointOf),
    secretMaxAgeDays: typeof rotation === "number" ? rotation : null,
    configSchema: isRecord(schema) ? schema : null,
    clientPortalLabel: typeof menu["label"] === "string" ? menu["label"] : null,
  };
}

/** What a capability reaches in this version: hosts, topics; empty where it has no bounds of its own. */
export function scopeOf(capability: string, facts: ManifestFacts): readonly string[] {
  if (capability === "cap:http.fetch") return facts.hosts;
  if (capability === "cap:events.subscribe") return facts.topics;
  if (capability === "cap:ui.proxy") return facts.endpoints.map(({ method, path }) => `${method} ${path}`);
  return [];
}

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item): item is string => typeof item === "string");
}

function endpointOf(value: unknown): Endpoint {
  const { method, path } = recordOf(value);
  return { method: String(method ?? ""), path: String(path ?? "") };
}
