import type { Host } from "@annex/iframe-sdk";
import { Alert, Button, Section, Skeleton, Stack } from "@annex/ui-kit";
import { useCallback, useEffect, useState } from "react";

import type { Setup } from "../handler/setup.ts";
import type { Summary } from "../handler/summaries.ts";
import type { Ticket } from "../handler/ticket.ts";
import { DigestState } from "./digest-state.tsx";
import type { Routes } from "./routes.ts";
import { SummaryList } from "./summary-list.tsx";
import { TicketForm } from "./ticket-form.tsx";

interface Loaded {
  summaries: readonly Summary[];
  next: string | null;
  setup: Setup;
}

/** Summaries, when the next digest is, and a form to summarise a ticket now. */
export function Summaries({ api }: { api: Host<Routes>["api"] }) {
  const [loaded, setLoaded] = useState<Loaded>();
  const [problem, setProblem] = useState<string>();
  const failed = useCallback((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)), []);

  useEffect(() => {
    Promise.all([api.get("/summaries"), api.get("/setup")]).then(
      ([page, setup]) => setLoaded({ ...page.data, setup: setup.data }),
      failed,
    );
  }, [api, failed]);

  async function summarise(ticket: Ticket) {
    setProblem(undefined);
    const { data } = await api.post("/summaries", { json: ticket });
    setLoaded((before) => before && { ...before, summaries: withSummary(before.summaries, data) });
  }

  async function loadMore(after: string) {
    try {
      const { data } = await api.get(`/summaries?after=${encodeURIComponent(after)}`);
      setLoaded((before) => before && { ...before, ...data, summaries: [...before.summaries, ...data.summaries] });
    } catch (error) {
      failed(error);
    }
  }

  const next = loaded?.next ?? null;
  return (
    <Stack gap={3}>
      {problem !== undefined && (
        <Alert tone="danger" title="That did not work">
          {problem}
        </Alert>
      )}
      {loaded === undefined ? (
        problem === undefined && <Skeleton lines={4} />
      ) : (
        <>
          <DigestState setup={loaded.setup} />
          <SummaryList summaries={loaded.summaries} />
          {next !== null && <Button onClick={() => loadMore(next)}>Show more</Button>}
        </>
      )}
      <Section title="Summarise a ticket now" card>
        <TicketForm onSummarise={(ticket) => summarise(ticket).catch(failed)} />
      </Section>
    </Stack>
  );
}

function withSummary(summaries: readonly Summary[], made: Summary): Summary[] {
  const others = summaries.filter(({ ticket }) => ticket !== made.ticket);
  return [...others, made].sort((one, other) => (one.ticket < other.ticket ? -1 : 1));
}
