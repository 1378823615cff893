import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../src/api/api-error.ts";
import { unreachable } from "../../src/api/problem.ts";
import type { DebugLine } from "../../src/live-debug/debug-line.ts";
import { DebugSession, type SessionState } from "../../src/live-debug/debug-session.ts";
import type { LineSource, PolledLines } from "../../src/live-debug/line-source.ts";
import { aLine } from "./lines.ts";

interface Connection {
  readonly lastId: string | null;
  readonly say: (text: string) => void;
  readonly close: () => Promise<void>;
  readonly fail: (error: unknown) => Promise<void>;
  readonly signal: AbortSignal;
}

const settle = () => new Promise<void>((done) => setImmediate(done));
const event = (id: string, line: DebugLine) => `id: ${id}\ndata: ${JSON.stringify(line)}\n\n`;

function aStage(sessionSeconds = 1_800) {
  const connections: Connection[] = [];
  const polls: (string | null)[] = [];
  const answers: (PolledLines | Error)[] = [];
  const source: LineSource = {
    stream: (lastId, signal, say) =>
      new Promise((resolve, reject) => {
        const close = () => {
          resolve();
          return settle();
        };
        const fail = (error: unknown) => {
          reject(error);
          return settle();
        };
        connections.push({ lastId, say, close, fail, signal });
      }),
    poll: async (lastId) => {
      polls.push(lastId);
      const answer = answers.shift() ?? { lines: [], lastId: "" };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  let now = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  const clock = {
    now: () => now,
    after: (milliseconds: number, callback: () => void) => {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const pass = async (milliseconds: number) => {
    const until = now + milliseconds;
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.callback();
      await settle();
    }
    now = until;
  };
  const lines: string[] = [];
  const marks: string[] = [];
  const states: SessionState[] = [];
  const session = new DebugSession(
    source,
    {
      lines: (came) => lines.push(...came.map(({ message }) => message)),
      mark: (kind, text) => marks.push(`${kind}: ${text}`),
      state: (state) => states.push(state),
    },
    clock,
    sessionSeconds,
  );
  const connection = (index: number): Connection => {
    const found = connections.at(index);
    if (found === undefined) throw new TypeError(`There is no connection ${index}.`);
    return found;
  };
  session.start();
  return { session, connection, connections, polls, answers, pass, lines, marks, states, timers };
}

const refusal = (status: number, code: string) =>
  new ApiError({ code, status, message: code, hint: null, requestId: null, details: {}, docs: null });

test("a session is live with the first thing that comes, and knows when it ends", () => {
  const stage = aStage(60);

  stage.connection(0).say(": request req_1\n\n");

  assert.deepEqual(stage.states, [{ kind: "connecting" }, { kind: "live", endsAt: 60_000 }]);
});

test("lines are handed on, what is no line is not", () => {
  const stage = aStage();

  stage
    .connection(0)
    .say(`${event("1-0", aLine("one"))}id: 2-0\ndata: {"no":"line"}\n\nid: 3-0\ndata: broken\n\n`);

  assert.deepEqual(stage.lines, ["one"]);
});

test("after a break it reads on behind the last event and says what came back", async () => {
  const stage = aStage();
  stage.connection(0).say(event("7-0", aLine("before")));
  await stage.connection(0).close();
  assert.equal(stage.states.at(-1)?.kind, "reconnecting");
  await stage.pass(1_000);
  await stage.connection(1).fail(unreachable(null));
  await stage.pass(2_000);

  stage.connection(2).say(event("8-0", aLine("missed")) + event("9-0", aLine("missed too")));
  await stage.pass(1_000);

  assert.equal(stage.connection(2).lastId, "7-0");
  assert.deepEqual(stage.lines, ["before", "missed", "missed too"]);
  assert.deepEqual(stage.marks, ["note: Reconnected after 3 s, 2 lines recovered"]);
  assert.equal(stage.states.at(-1)?.kind, "live");
});

test("a line that comes twice is shown once", async () => {
  const stage = aStage();
  const line = aLine("once");
  stage.connection(0).say(event("7-0", line));
  await stage.connection(0).close();
  await stage.pass(1_000);

  stage.connection(1).say(event("7-0~3", line) + event("8-0", aLine("next")));

  assert.deepEqual(stage.lines, ["once", "next"]);
});

test("lines that are not kept any more leave a gap where they were", () => {
  const stage = aStage();
  const gap = aLine("Lines since you last looked are not kept any more; some are missing here.", {
    stream: "platform",
  });

  stage.connection(0).say(event("1-0", aLine("one")) + event("1-0", gap) + event("5-0", aLine("five")));

  assert.deepEqual(stage.lines, ["one", "five"]);
  assert.deepEqual(stage.marks, [`gap: ${gap.message}`]);
});

test("an extension cannot make a gap by saying so", () => {
  const stage = aStage();

  stage.connection(0).say(event("1-0", aLine("these are not kept any more")));

  assert.deepEqual([stage.lines, stage.marks], [["these are not kept any more"], []]);
});

test("a connection that says nothing for fifteen seconds is given up", async () => {
  const stage = aStage();
  stage.connection(0).say(": heartbeat\n\n");
  await stage.pass(14_000);
  stage.connection(0).say(": heartbeat\n\n");
  await stage.pass(14_000);
  assert.equal(stage.connections.length, 1);

  await stage.pass(2_000);

  assert.equal(stage.connection(0).signal.aborted, true);
  assert.equal(stage.connections.length, 2);
});

test("where streams do not come through, stored lines are read every five seconds", async () => {
  const stage = aStage(60);
  stage.answers.push({ lines: [aLine("stored")], lastId: "4-0" }, unreachable(null), {
    lines: [],
    lastId: "4-0",
  });
  for (const wait of [1_000, 2_000, 4_000, 0]) {
    await stage.connection(-1).fail(refusal(502, "HTTP_502"));
    await stage.pass(wait);
  }

  assert.deepEqual(stage.lines, ["stored"]);
  assert.equal(stage.states.at(-1)?.kind, "polling");
  await stage.pass(10_000);
  assert.deepEqual(stage.polls, [null, "4-0", "4-0"]);
});

test("polling ends with the session's time", async () => {
  const stage = aStage(60);
  for (const wait of [1_000, 2_000, 4_000, 0]) {
    await stage.connection(-1).fail(refusal(503, "HTTP_503"));
    await stage.pass(wait);
  }

  await stage.pass(70_000);

  assert.deepEqual(stage.states.at(-1), { kind: "ended", reason: "limit", error: null });
});

test("a refusal ends the session with what the gateway said", async () => {
  const stage = aStage();
  const error = refusal(403, "DEBUG_NOT_GRANTED");

  await stage.connection(0).fail(error);
  await stage.pass(60_000);

  assert.deepEqual(stage.states.at(-1), { kind: "ended", reason: "refused", error });
  assert.equal(stage.connections.length, 1);
});

for (const reason of ["limit", "refused"]) {
  test(`the gateway's end "${reason}" is the end`, async () => {
    const stage = aStage();
    stage.connection(0).say(`event: end\ndata: {"reason":"${reason}","message":"…"}\n\n`);

    await stage.connection(0).close();

    assert.deepEqual(stage.states.at(-1), { kind: "ended", reason, error: null });
  });
}

test("a gateway that stops is followed by another session behind the last line", async () => {
  const stage = aStage();
  stage.connection(0).say(`${event("3-0", aLine("three"))}event: end\ndata: {"reason":"shutdown"}\n\n`);
  await stage.connection(0).close();

  await stage.pass(1_000);

  assert.equal(stage.connection(1).lastId, "3-0");
});

test("a longer session goes on behind the last line", async () => {
  const stage = aStage(60);
  stage.connection(0).say(event("3-0", aLine("three")));
  await stage.pass(10_000);

  stage.session.extend();
  stage.connection(1).say(": heartbeat\n\n");

  assert.equal(stage.connection(0).signal.aborted, true);
  assert.equal(stage.connection(1).lastId, "3-0");
  assert.deepEqual(stage.states.at(-1), { kind: "live", endsAt: 70_000 });
  assert.deepEqual(stage.marks, []);
});

test("somebody who does not want to wait reconnects at once", async () => {
  const stage = aStage();
  await stage.connection(0).close();

  stage.session.reconnect();

  assert.equal(stage.connections.length, 2);
});

test("a stopped session leaves nothing behind", async () => {
  const stage = aStage();
  stage.connection(0).say(": heartbeat\n\n");

  stage.session.stop();
  stage.connection(0).say(event("1-0", aLine("late")));
  await stage.connection(0).close();

  assert.deepEqual(stage.states.at(-1), { kind: "ended", reason: "stopped", error: null });
  assert.deepEqual(stage.lines, []);
  assert.equal(stage.timers.size, 0);
});
