import { LIMITS } from "./limits.js";
import { StorageRefusal } from "./records.js";
import { refuse } from "./refuse.js";

// The older interface has fewer words for what storage refuses.
const OLD_WORDS = { invalid: "internal", "too-large": "internal", "quota-exceeded": "denied" };
const ALWAYS = { tag: "always" };

export function mockStorage(records, grants) {
  const asked = (name, answer) => inWords(`storage.${name}`, grants, answer, OLD_WORDS);
  const shown = (namespace, { key, value, revision }) => ({ namespace, key, value: Uint8Array.from(value), revision });
  const listEntries = (namespace, cursor) =>
    asked("listEntries", () => {
      const { items } = records.page(namespace, { after: cursor ?? "", limit: LIMITS.storage.pageItems });
      return items.map((item) => shown(namespace, item));
    });
  return {
    get: (namespace, key) => asked("get", () => shown(namespace, records.get(namespace, key))),
    put: ({ namespace, key, value, revision }) =>
      asked("put", () => {
        const [written] = records.put(namespace, [{ key, value, condition: conditionOf(revision) }]);
        return shown(namespace, written);
      }),
    delete: (namespace, key) => asked("delete", () => records.delete(namespace, key, ALWAYS)),
    listEntries,
    list: listEntries,
  };
}

export function mockStorageV2(records, grants) {
  const asked = (name, answer) => inWords(`storage-v2.${name}`, grants, answer, {});
  const withoutValue = (record) => ({ ...record, value: new Uint8Array() });
  return {
    get: (namespace, key) => asked("get", () => copied(records.get(namespace, key))),
    put: (namespace, write) => asked("put", () => withoutValue(records.put(namespace, [write])[0])),
    putBatch: (namespace, writes) => asked("putBatch", () => records.put(namespace, writes).map(withoutValue)),
    delete: (namespace, key, condition) => asked("delete", () => records.delete(namespace, key, condition)),
    listItems: (namespace, page) =>
      asked("listItems", () => {
        const prefix = page.prefix ?? "";
        const after = page.cursor == null ? "" : afterOf(page.cursor, namespace, prefix);
        const limit = page.limit ?? LIMITS.storage.defaultPageItems;
        const { items, hasMore } = records.page(namespace, { prefix, after, limit });
        return {
          items: items.map(page.includeValues ? copied : withoutValue),
          nextCursor: hasMore ? cursorOf(items.at(-1).key, namespace, prefix) : null,
        };
      }),
    getUsage: () => asked("getUsage", () => records.usage()),
  };
}

function inWords(functionName, grants, answer, words) {
  if (!grants.has("cap:storage.kv")) {
    refuse(functionName, "denied");
  }
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof StorageRefusal)) {
      throw error;
    }
    return refuse(functionName, words[error.reason] ?? error.reason);
  }
}

function conditionOf(revision) {
  if (revision == null) {
    return ALWAYS;
  }
  return Number(revision) === 0 ? { tag: "absent" } : { tag: "revision", val: revision };
}

const copied = (record) => ({ ...record, value: Uint8Array.from(record.value) });

// A cursor fits the listing it came from and no other.
const cursorOf = (...parts) => encodeURIComponent(JSON.stringify(parts));

function afterOf(cursor, namespace, prefix) {
  let parts;
  try {
    parts = JSON.parse(decodeURIComponent(cursor));
  } catch {
    parts = [];
  }
  if (parts[1] !== namespace || parts[2] !== prefix) {
    throw new StorageRefusal("invalid");
  }
  return parts[0];
}
