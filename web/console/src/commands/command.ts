/** A command of `annex` as data: what an action of the console is called in a terminal. */

export interface Command {
  /** The arguments behind `annex`, one word of the shell each. */
  readonly argv: readonly string[];
}

/** Writes a command as a line for a POSIX shell. */
export function commandLine({ argv }: Command): string {
  return ["annex", ...argv].map(quoted).join(" ");
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
// What a terminal could take for an order, or shows as nothing: never part of a line somebody pastes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

function quoted(word: string): string {
  const clean = word.replace(UNSAFE, "");
  return PLAIN.test(clean) ? clean : `'${clean.replaceAll("'", "'\\''")}'`;
}
