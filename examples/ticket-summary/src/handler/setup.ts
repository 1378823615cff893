// What the extension arranges for itself: the schedule of its digest.
import type { HostBindings, ScheduleInfo } from "@annex/extension-runtime";

import { settingsOf } from "./settings.ts";

const NAME = "digest";

export interface Setup {
  digest: { cron: string; enabled: boolean; last_run_at: string | null; last_run_status: string | null } | null;
  language: string;
  sentences: number;
}

/** Make the schedule, or set it to what the configuration says. */
export function ensureDigest(host: HostBindings): void {
  const { digestCron } = settingsOf(host);
  const existing = scheduleOf(host);
  if (existing?.cron === digestCron) {
    return;
  }
  const made =
    existing === undefined
      ? host.scheduler.createSchedule({ endpoint: "POST /digest", cron: digestCron, name: NAME })
      : host.scheduler.updateSchedule(existing.id, { cron: digestCron });
  if (made.success) {
    host.logging.info(`the digest runs at ${digestCron}`);
  } else {
    host.logging.error(`the digest is not scheduled: ${made.error}`);
  }
}

export function setup(host: HostBindings): Setup {
  ensureDigest(host);
  const found = scheduleOf(host);
  const { language, sentences } = settingsOf(host);
  return {
    digest: found
      ? {
          cron: found.cron,
          enabled: found.enabled,
          last_run_at: found.lastRunAt ?? null,
          last_run_status: found.lastRunStatus ?? null,
        }
      : null,
    language,
    sentences,
  };
}

function scheduleOf(host: HostBindings): ScheduleInfo | undefined {
  return host.scheduler.listSchedules().find(({ name }) => name === NAME);
}
