/** An entry of the log about a version: `annex-log/v1`, lines of a name and a value. */

import { LogBroken } from "./log-broken.ts";

export interface VersionEntry {
  readonly event: "version.published" | "version.imported";
  readonly time: string;
  readonly extension: string;
  readonly version: string;
  /** Content hashes, the one that is served first. */
  readonly bundles: readonly string[];
  /** The key that signed, if one did. */
  readonly signer: string | null;
}

/** Reads an entry. Throws LogBroken for one that is not about a version's publication. */
export function versionEntry(bytes: Uint8Array): VersionEntry {
  const [form, ...lines] = new TextDecoder("utf-8", { fatal: true }).decode(bytes).split("\n");
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const one = (name: string) => values(name)[0] ?? "";
  const event = one("event");
  if (form !== "annex-log/v1" || (event !== "version.published" && event !== "version.imported")) {
    throw new LogBroken("The log's entry is not about the publication of a version.");
  }
  return {
    event,
    time: one("time"),
    extension: one("extension"),
    version: one("version"),
    bundles: values("bundle").map((bundle) => bundle.split(" ", 1)[0] ?? ""),
    signer: values("signer")[0] ?? null,
  };
}
