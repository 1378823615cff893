// Notes, kept in the extension's storage; each install has its own.
import type { HostBindings } from "@annex/extension-runtime";

const NAMESPACE = "notes";
const LONGEST = 500;

export interface Note {
  id: string;
  text: string;
  written_at: string;
}

/** What was sent is no note. */
export class NoteRefused extends Error {}

export function listNotes(host: HostBindings): Note[] {
  const { items } = host.storageV2.listItems(NAMESPACE, { limit: 100, includeValues: true });
  return items.map(({ key, value }) => ({
    id: key,
    ...(JSON.parse(new TextDecoder().decode(Uint8Array.from(value))) as Omit<Note, "id">),
  }));
}

export function addNote(host: HostBindings, body: unknown): Note {
  const said = typeof body === "object" && body !== null && "text" in body ? body.text : undefined;
  const text = typeof said === "string" ? said.trim() : "";
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
