/** What the gateway says about itself in the page: written into index.html, so it needs no request. */

export interface LogKey {
  readonly origin: string;
  /** The line `origin+keyhash+base64` that checkpoints are verified against. */
  readonly vkey: string;
}

export interface ConsoleConfig {
  readonly version: string;
  readonly uiHostUrl: string | null;
  readonly docsUrl: string | null;
  readonly log: LogKey | null;
}

export function readConfig(): ConsoleConfig {
  const text = document.querySelector('meta[name="annex-console"]')?.getAttribute("content") ?? "";
  const given = parsed(text);
  const textOf = (name: string) => (typeof given[name] === "string" ? given[name] : null);
  const vkey = textOf("log_vkey");
  return {
    version: textOf("version") ?? "",
    uiHostUrl: textOf("ui_host_url"),
    docsUrl: textOf("docs_url"),
    log: vkey === null ? null : { origin: vkey.split("+", 1)[0] ?? "", vkey },
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
