/** One command of the CLI as words; `commandLine` writes it so that a shell reads the same words back. */

export type AnnexCommand = readonly string[];

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/u;

export function commandLine(words: AnnexCommand): string {
  return ["annex", ...words].map(quoted).join(" ");
}

function quoted(word: string): string {
  if (PLAIN.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
