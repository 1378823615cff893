import { AnnexError } from "../errors/annex-error.ts";

const MOST_LENGTH = 4096;
// Deeper encodings than these are nobody's data.
const ROUNDS = 4;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NEVER = /[\u0000-\u001f\u007f\\#]/;

/**
 * Return a route of the extension's own API in its one spelling, or refuse it.
 *
 * It stays below the address it is put behind, whatever decodes it how often: no dots, separators or control
 * characters, encoded or not, no empty segments, no absolute addresses.
 */
export function confineRoute(route: string): string {
  if (!route.startsWith("/")) throw refused("must begin with a slash");
  if (route.length > MOST_LENGTH) throw refused("is too long");
  if (NEVER.test(route)) throw refused("holds a character that no path has");
  const [path = "", ...query] = route.split("?");
  const segments = path.slice(1).split("/");
  // One slash at the end is a spelling of its own.
  const isFolder = segments.length > 1 && segments.at(-1) === "";
  const kept = isFolder ? segments.slice(0, -1) : segments;
  const isRoot = kept.length === 1 && kept[0] === "";
  const normal = isRoot ? "/" : `/${kept.map(confined).join("/")}${isFolder ? "/" : ""}`;
  return query.length ? `${normal}?${encoded(query.join("?"))}` : normal;
}

function confined(segment: string): string {
  if (segment === "") throw refused("has an empty segment");
  let text = segment;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (isHarmful(text)) throw refused("leaves the extension's API");
    const decoded = decode(text, round === 0);
    if (decoded === text) return encodeURIComponent(decode(segment, true));
    text = decoded;
  }
  throw refused("is encoded too often");
}

function isHarmful(text: string): boolean {
  const [bare = ""] = text.split(";");
  const dots = bare.trim();
  return NEVER.test(text) || text.includes("/") || dots === "." || dots === "..";
}

function decode(text: string, isStrict: boolean): string {
  try {
    return decodeURIComponent(text);
  } catch {
    if (isStrict) throw refused("is encoded wrongly");
    return text;
  }
}

function encoded(query: string): string {
  try {
    return encodeURI(query).replaceAll(/%25(?=[0-9a-f]{2})/gi, "%");
  } catch {
    throw refused("is no text");
  }
}

const refused = (why: string) => new AnnexError("ROUTE_REFUSED", `The route ${why}.`);
