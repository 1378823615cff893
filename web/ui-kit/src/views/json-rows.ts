export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One row of a tree of JSON. */
export interface JsonRow {
  /** The way to it: `/items/0/name`. */
  path: string;
  name: string | null;
  depth: number;
  /** What a leaf shows; undefined for what can be opened. */
  leaf?: { text: string; type: "null" | "boolean" | "number" | "string" };
  branch?: { kind: "list" | "object"; size: number; open: boolean };
}

/** The rows that are seen while these paths are open. */
export function jsonRows(value: Json, open: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  collect(rows, value, null, "", 0, open);
  return rows;
}

function collect(
  rows: JsonRow[],
  value: Json,
  name: string | null,
  path: string,
  depth: number,
  open: ReadonlySet<string>,
) {
  if (value === null || typeof value !== "object") {
    rows.push({ path, name, depth, leaf: leafOf(value) });
    return;
  }
  const members = membersOf(value);
  const isOpen = open.has(path);
  const kind = Array.isArray(value) ? "list" : "object";
  rows.push({ path, name, depth, branch: { kind, size: members.length, open: isOpen } });
  if (!isOpen) return;
  for (const [member, content] of members)
    collect(rows, content, member, pathOf(path, member), depth + 1, open);
}

function leafOf(value: null | boolean | number | string): NonNullable<JsonRow["leaf"]> {
  if (value === null) return { text: "null", type: "null" };
  if (typeof value === "string") return { text: JSON.stringify(value), type: "string" };
  return { text: String(value), type: typeof value === "number" ? "number" : "boolean" };
}

function membersOf(value: object): [string, Json][] {
  return Object.entries(value) as [string, Json][];
}

function pathOf(path: string, member: string): string {
  return `${path}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Every path that can be opened, down to a depth. */
export function branchPaths(value: Json, depth: number, path = ""): string[] {
  if (value === null || typeof value !== "object" || depth < 0) return [];
  return [
    path,
    ...membersOf(value).flatMap(([member, content]) => branchPaths(content, depth - 1, pathOf(path, member))),
  ];
}

/** The paths of names and leaves that hold the text. */
export function findInJson(value: Json, sought: string, path = "", name = ""): string[] {
  const text = sought.toLowerCase();
  if (text === "") return [];
  const own = name.toLowerCase().includes(text);
  if (value === null || typeof value !== "object")
    return own || leafOf(value).text.toLowerCase().includes(text) ? [path] : [];
  const inside = membersOf(value).flatMap(([member, content]) =>
    findInJson(content, sought, pathOf(path, member), member),
  );
  return own ? [path, ...inside] : inside;
}

/** The paths above one, the root first. */
export function pathsAbove(path: string): string[] {
  const above: string[] = [];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) above.push(path.slice(0, at));
  return above;
}
