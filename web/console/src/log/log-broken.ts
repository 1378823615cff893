/** What the log shows does not hold. Nothing that it proves may be believed. */
export class LogBroken extends Error {
  override readonly name = "LogBroken";
}
