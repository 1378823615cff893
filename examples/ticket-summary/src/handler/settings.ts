// The install's configuration; the manifest's schema has checked it and filled in the defaults.
import type { HostBindings } from "@annex/extension-runtime";

export interface Settings {
  summaryUrl: string;
  sentences: number;
  language: string;
  digestCron: string;
}

export function settingsOf(host: HostBindings): Settings {
  return {
    summaryUrl: host.config.get("summary_url") ?? "https://api.summaries.example/v1/summaries",
    sentences: Number(host.config.get("sentences") ?? 3),
    language: host.config.get("language") ?? "en",
    digestCron: host.config.get("digest_cron") ?? "0 3 * * *",
  };
}
