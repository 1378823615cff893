/** One command of the CLI as words; `commandLine` writes it so that a shell reads the same words back. */

export type AnnexCommand = readonly string[];

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/u;

export function commandLine(words: AnnexCommand): string {
  return ["annex", ...words].map(quoted).join(" ");
}

// What a terminal could take for an order, or shows as nothing: never part of a line somebody pastes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/gu;

function quoted(given: string): string {
  const word = given.replace(UNSAFE, "");
  if (PLAIN.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
