// A value as a person reads it in a log line.
export function shown(value) {
  if (typeof value === "string") {
    return value;
  }
  if (value instanceof Error) {
    const cause = value.cause === undefined ? "" : `\ncaused by ${shown(value.cause)}`;
    const name = `${value.name}: ${value.message}`;
    // Some engines begin the stack with the name, others do not.
    const stack = value.stack ?? "";
    return `${stack.startsWith(name) ? stack : `${name}\n${stack}`.trimEnd()}${cause}`;
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
