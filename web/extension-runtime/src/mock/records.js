// The records of one install, as both generations of the storage interface share them.
import { LIMITS } from "./limits.js";

const FIGURES = LIMITS.storage;
const utf8 = new TextEncoder();
const characters = (text) => [...text].length;

export class StorageRefusal extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export class Records {
  #namespaces = new Map();
  #revision = 0;
  #now;

  constructor(now) {
    this.#now = now;
  }

  get(namespace, key) {
    checkNamespace(namespace);
    checkKey(key);
    const found = this.#living(namespace, key);
    return found ?? no("missing");
  }

  // All of the writes or none; gives the records as they are afterwards.
  put(namespace, writes) {
    checkNamespace(namespace);
    checkWrites(writes);
    for (const { key, condition } of writes) {
      if (!holds(condition, this.#living(namespace, key)?.revision)) {
        no("conflict");
      }
    }
    this.#checkQuotas(namespace, writes);
    return writes.map((write) => this.#written(namespace, write));
  }

  delete(namespace, key, condition) {
    checkNamespace(namespace);
    checkKey(key);
    const found = this.#living(namespace, key) ?? no("missing");
    if (!holds(condition, found.revision)) {
      no("conflict");
    }
    const kept = this.#namespaces.get(namespace);
    kept.delete(key);
    if (kept.size === 0) {
      this.#namespaces.delete(namespace);
    }
  }

  // The records after a key, in the order of their keys' bytes.
  page(namespace, { prefix = "", after = "", limit }) {
    checkNamespace(namespace);
    checkText(prefix, FIGURES.keyCharacters);
    if (prefix.includes("/") || !(limit >= 1 && limit <= FIGURES.pageItems)) {
      no("invalid");
    }
    const found = [...(this.#namespaces.get(namespace)?.keys() ?? [])]
      .filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0 && this.#living(namespace, key))
      .sort(byBytes);
    return { items: found.slice(0, limit).map((key) => this.#living(namespace, key)), hasMore: found.length > limit };
  }

  usage() {
    const all = [...this.#namespaces.values()].flatMap((kept) => [...kept.values()]);
    return {
      bytes: all.reduce((bytes, record) => bytes + sizeOf(record), 0),
      maxBytes: FIGURES.totalBytes,
      keys: all.length,
      namespaces: this.#namespaces.size,
      maxNamespaces: FIGURES.namespaces,
    };
  }

  #living(namespace, key) {
    const found = this.#namespaces.get(namespace)?.get(key);
    const isOver = found?.expiresAt && new Date(found.expiresAt) <= this.#now();
    return isOver ? undefined : found;
  }

  #checkQuotas(namespace, writes) {
    const kept = this.#namespaces.get(namespace) ?? new Map();
    const added = writes.filter(({ key }) => !kept.has(key)).length;
    const growth = writes.reduce((bytes, write) => bytes + sizeOf(write) - sizeOf(kept.get(write.key)), 0);
    const hasRoom = (more, now, most) => more <= 0 || now + more <= most;
    const { bytes, namespaces } = this.usage();
    if (
      !hasRoom(added > 0 && kept.size === 0 ? 1 : 0, namespaces, FIGURES.namespaces) ||
      !hasRoom(added, kept.size, FIGURES.keysPerNamespace) ||
      !hasRoom(growth, bytes, FIGURES.totalBytes)
    ) {
      no("quota-exceeded");
    }
  }

  #written(namespace, { key, value, metadata, ttlSeconds }) {
    const now = this.#now();
    const record = {
      key,
      value: Uint8Array.from(value),
      metadata: metadata ?? null,
      revision: (this.#revision += 1),
      expiresAt: ttlSeconds == null ? null : new Date(now.getTime() + ttlSeconds * 1000).toISOString(),
      updatedAt: now.toISOString(),
    };
    if (!this.#namespaces.has(namespace)) {
      this.#namespaces.set(namespace, new Map());
    }
    this.#namespaces.get(namespace).set(key, record);
    return record;
  }
}

function no(reason) {
  throw new StorageRefusal(reason);
}

function holds(condition, revision) {
  if (condition.tag === "absent") {
    return revision === undefined;
  }
  return condition.tag === "always" || Number(condition.val) === revision;
}

function checkNamespace(namespace) {
  checkText(namespace, FIGURES.namespaceCharacters);
  if (namespace === "") {
    no("invalid");
  }
}

function checkKey(key) {
  checkText(key, FIGURES.keyCharacters);
  if (key === "" || key.includes("/")) {
    no("invalid");
  }
}

function checkText(text, most) {
  if (characters(text) > most || text.includes("\0")) {
    no("invalid");
  }
}

function checkWrites(writes) {
  if (writes.length > FIGURES.batchItems) {
    no("too-large");
  }
  writes.forEach(checkWrite);
  if (new Set(writes.map(({ key }) => key)).size < writes.length) {
    no("invalid");
  }
  if (writes.reduce((bytes, write) => bytes + sizeOf(write), 0) > FIGURES.batchBytes) {
    no("too-large");
  }
}

function checkWrite({ key, value, metadata, ttlSeconds }) {
  checkKey(key);
  if (value.length > FIGURES.valueBytes) {
    no("too-large");
  }
  if (metadata != null) {
    checkMetadata(metadata);
  }
  if (ttlSeconds != null && !(ttlSeconds >= FIGURES.leastTtlSeconds && ttlSeconds <= FIGURES.mostTtlSeconds)) {
    no("invalid");
  }
}

function checkMetadata(metadata) {
  if (utf8.encode(metadata).length > FIGURES.metadataBytes) {
    no("too-large");
  }
  try {
    JSON.parse(metadata);
  } catch {
    no("invalid");
  }
}

function sizeOf(record) {
  return record === undefined ? 0 : record.value.length + utf8.encode(record.metadata ?? "").length;
}

// Bytes, not UTF-16 units: the order of the platform's listings.
export function byBytes(one, other) {
  const [left, right] = [utf8.encode(one), utf8.encode(other)];
  const differs = left.findIndex((byte, at) => byte !== right[at]);
  return differs === -1 ? left.length - right.length : left[differs] - (right[differs] ?? -1);
}
