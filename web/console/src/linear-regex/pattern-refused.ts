/** A pattern that cannot be used; the message says why, to the person who typed it. */
export class PatternRefused extends Error {
  override readonly name = "PatternRefused";
}
