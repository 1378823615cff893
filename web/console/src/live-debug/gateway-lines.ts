/** The gateway's lines of one extension: `/api/ext-debug/stream`, with the session of this browser. */

import { ask } from "../api/ask.ts";
import { debugLineOf } from "./debug-line.ts";
import type { LineSource } from "./line-source.ts";

const ADDRESS = "/api/ext-debug/stream";

export interface WantedLines {
  readonly extension: string;
  readonly requestId?: string;
  readonly tail: number;
}

export function gatewayLines(wanted: WantedLines): LineSource {
  const address = addressOf(wanted);
  return {
    async stream(lastId, signal, text) {
      const headers = new Headers({ accept: "text/event-stream" });
      if (lastId !== null) headers.set("last-event-id", lastId);
      const response = await ask(address, { headers, signal });
      if (response.body === null) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) text(read.value);
      } finally {
        reader.cancel().catch(() => {});
      }
    },
    async poll(lastId, signal) {
      const body = JSON.stringify(lastId === null ? {} : { lastId });
      const headers = { "content-type": "application/json" };
      const response = await ask(address, { method: "POST", headers, body, signal });
      return polledLines(await response.json());
    },
  };
}

function addressOf({ extension, requestId, tail }: WantedLines): string {
  const query = new URLSearchParams({ extensionId: extension, tail: String(tail) });
  if (requestId !== undefined) query.set("requestId", requestId);
  return `${ADDRESS}?${query}`;
}

function polledLines(answer: unknown) {
  const { events, lastId } = (answer ?? {}) as { events?: unknown; lastId?: unknown };
  const lines = Array.isArray(events) ? events.map(debugLineOf).filter((line) => line !== null) : [];
  return { lines, lastId: typeof lastId === "string" ? lastId : "" };
}
