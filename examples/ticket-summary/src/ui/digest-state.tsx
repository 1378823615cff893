import { KeyValue, None, RelativeTime } from "@annex/ui-kit";

import type { Setup } from "../handler/setup.ts";

export function DigestState({ setup: { digest, language, sentences } }: { setup: Setup }) {
  return (
    <KeyValue
      items={[
        { label: "Digest of closed tickets", value: digest ? `at ${digest.cron} (UTC)` : "not scheduled" },
        { label: "Last digest", value: digest?.last_run_at ? <RelativeTime value={digest.last_run_at} /> : <None /> },
        { label: "Summaries", value: `${sentences} sentences, ${language}` },
      ]}
    />
  );
}
