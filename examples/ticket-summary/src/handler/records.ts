// Documents in the extension's storage.
import { HostError, type HostBindings } from "@annex/extension-runtime";

type Condition = { tag: "always" } | { tag: "absent" };

export function readRecord<Document>(host: HostBindings, namespace: string, key: string): Document | undefined {
  try {
    return decoded<Document>(host.storageV2.get(namespace, key).value);
  } catch (error) {
    if (error instanceof HostError && error.code === "missing") {
      return undefined;
    }
    throw error;
  }
}

export function writeRecord(
  host: HostBindings,
  namespace: string,
  key: string,
  document: unknown,
  { ttlSeconds, condition = { tag: "always" } }: { ttlSeconds?: number; condition?: Condition } = {},
): void {
  const value = new TextEncoder().encode(JSON.stringify(document));
  host.storageV2.put(namespace, { key, value, ttlSeconds, condition });
}

export function decoded<Document>(value: Uint8Array): Document {
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(value))) as Document;
}
