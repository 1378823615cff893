// Lines with their level; without the capability they are dropped.
export function mockLogging(grants, lines) {
  const line = (level) => (message) => {
    if (grants.has("cap:log.emit")) {
      lines.push({ level, message: String(message) });
    }
  };
  const [info, warn, error] = [line("info"), line("warn"), line("error")];
  return { logInfo: info, info, logWarn: warn, warn, logError: error, error };
}
