// Notes, kept in the extension's storage; each install has its own.
const NAMESPACE = "notes";
const LONGEST = 500;

/** What was sent is no note. */
export class NoteRefused extends Error {}

/** @param {import("@annex/extension-runtime").HostBindings} host */
export function listNotes(host) {
  const { items } = host.storageV2.listItems(NAMESPACE, { limit: 100, includeValues: true });
  return items.map(({ key, value }) => ({ id: key, ...JSON.parse(new TextDecoder().decode(Uint8Array.from(value))) }));
}

/** @param {import("@annex/extension-runtime").HostBindings} host */
export function addNote(host, body) {
  const text = typeof body?.text === "string" ? body.text.trim() : "";
  if (text === "" || text.length > LONGEST) {
    throw new NoteRefused(`A note has a "text" of 1 to ${LONGEST} characters.`);
  }
  const note = { text, written_at: new Date().toISOString() };
  // Keys are listed in order, so the oldest note comes first.
  const id = `${note.written_at}-${crypto.randomUUID()}`;
  host.storageV2.put(NAMESPACE, {
    key: id,
    value: new TextEncoder().encode(JSON.stringify(note)),
    condition: { tag: "absent" },
  });
  host.logging.info(`note ${id} was added`);
  return { id, ...note };
}
