/** What the gateway says about itself in the page: written into index.html, so it needs no request. */

export interface LogKey {
  readonly origin: string;
  /** The line `origin+keyhash+base64` that checkpoints are verified against. */
  readonly vkey: string;
}

export interface ConsoleConfig {
  readonly version: string;
  readonly uiHostUrl: string | null;
  readonly docsUrl: string;
  readonly log: LogKey | null;
}

export function readConfig(): ConsoleConfig {
  const text = document.querySelector('meta[name="annex-console"]')?.getAttribute("content") ?? "";
  const given = parsed(text);
  const text_of = (name: string) => (typeof given[name] === "string" ? given[name] : null);
  const vkey = text_of("log_vkey");
  return {
    version: text_of("version") ?? "",
    uiHostUrl: text_of("ui_host_url"),
    docsUrl: text_of("docs_url") ?? "https://github.com/",
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
