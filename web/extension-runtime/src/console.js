// console, written as log lines.
import { shown } from "./shown.js";

export function consoleOver(logging) {
  const line = (write) => (...values) => write(values.map(shown).join(" "));
  const info = line(logging.info);
  return {
    log: info,
    info,
    debug: info,
    trace: info,
    warn: line(logging.warn),
    error: line(logging.error),
    assert: (condition, ...values) => condition || logging.error(["Assertion failed:", ...values.map(shown)].join(" ")),
  };
}
