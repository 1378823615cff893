import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeWithin } from "../src/contract/size-within.ts";
import { FrameHeight } from "../src/host/frame-height.ts";
import { buildExtUiSrc, gatewayApi, TokenKeeper } from "../src/host/index.ts";
import { MessageBudget } from "../src/host/message-budget.ts";

const HASH = `sha256:${"a".repeat(64)}`;

test("a budget lets its burst through at once and then so many a second", () => {
  const budget = new MessageBudget(50, 100, 0);
  const taken = (now: number, tries: number) =>
    Array.from({ length: tries }, () => budget.take(now)).filter((isTaken) => isTaken).length;

  assert.equal(taken(0, 150), 100);
  assert.equal(taken(1_000, 150), 50);
  assert.equal(taken(60_000, 150), 100);
});

test("a clock that goes back gives a budget nothing", () => {
  const budget = new MessageBudget(50, 1, 1_000);
  assert.equal(budget.take(1_000), true);
  assert.equal(budget.take(0), false);
  assert.equal(budget.take(1_000), false);
  assert.equal(budget.take(1_020), true);
});

function keeper() {
  const world = { now: 0, issued: 0, fails: false };
  const tokens = new TokenKeeper(
    async () => {
      if (world.fails) throw new Error("away");
      world.issued += 1;
      return { token: `t${world.issued}`, expiresAt: new Date(world.now + 300_000).toISOString() };
    },
    () => world.now,
  );
  return { world, tokens };
}

test("a token is kept for four fifths of its life and asked for once by all who wait", async () => {
  const { world, tokens } = keeper();
  const [first, second] = await Promise.all([tokens.current(), tokens.current()]);
  world.now = 239_999;
  const late = await tokens.current();
  world.now = 240_000;
  const renewed = await tokens.current();

  assert.deepEqual([first.token, second.token, late.token, renewed.token], ["t1", "t1", "t1", "t2"]);
});

test("an old token serves while none can be had, until it is over", async () => {
  const { world, tokens } = keeper();
  await tokens.current();
  world.fails = true;
  world.now = 299_999;
  assert.equal((await tokens.current()).token, "t1");
  world.now = 300_000;
  await assert.rejects(tokens.current());
  world.fails = false;
  assert.equal((await tokens.current()).token, "t2");
});

test("heights are told once a frame, rounded up and within limits", () => {
  const frames: (() => void)[] = [];
  const shown: number[] = [];
  const height = new FrameHeight(
    (pixels) => shown.push(pixels),
    (act) => frames.push(act),
  );
  for (const wanted of [500, 600.2, 700.2]) height.want(wanted);
  frames.shift()?.();
  height.want(701);
  frames.shift()?.();
  height.want(1);
  frames.shift()?.();
  height.want(1e6);
  frames.shift()?.();

  assert.deepEqual(shown, [701, 100, 4000]);
  assert.equal(frames.length, 0);
});

test("sizes are counted over everything inside, and only plain data has one", () => {
  const cycle: Record<string, unknown> = {};
  Object.assign(cycle, { self: cycle });
  assert.equal(sizeWithin("x".repeat(100), 100), true);
  assert.equal(sizeWithin("x".repeat(101), 100), false);
  assert.equal(sizeWithin({ ["k".repeat(90)]: 1 }, 100), false);
  assert.equal(sizeWithin(cycle, 1e6), false);
  assert.equal(sizeWithin(new Array(1e9), 1e6), false);
  for (const value of [new Map(), new Date(), new Uint8Array(1), /x/, 1n, Symbol("s"), () => 1]) {
    assert.equal(sizeWithin({ value }, 1e6), false);
  }
  assert.equal(sizeWithin({ a: [1, null, undefined, true, { b: "c" }] }, 100), true);
});

test("the address of a page names the extension, the hash and where to begin", () => {
  const src = buildExtUiSrc({
    uiHostUrl: "https://ui.example/",
    extension: "acme.notes",
    contentHash: HASH,
    tenantId: "t1",
    path: "/notes/7?a=1",
    parentOrigin: "https://console.example",
  });
  const url = new URL(src);

  assert.equal(url.pathname, `/ext-ui/acme.notes/${HASH}/index.html`);
  assert.deepEqual(
    [...url.searchParams],
    [
      ["path", "/notes/7?a=1"],
      ["tenant", "t1"],
      ["parentOrigin", "https://console.example"],
    ],
  );
  assert.throws(() => buildExtUiSrc({ uiHostUrl: "https://ui.example", extension: "a", contentHash: "x" }));
});

test("calls through the gateway carry the token and never a cookie", async () => {
  const seen: (readonly [string, RequestInit])[] = [];
  const answers = [
    new Response('{"code":"UI_TOKEN_EXPIRED"}', { status: 401 }),
    new Response('{"a":1}', { headers: { "content-type": "application/json; charset=utf-8" } }),
    new Response(new Uint8Array([0, 255]), { headers: { "content-type": "image/png" } }),
  ];
  let issued = 0;
  const call = gatewayApi({
    gatewayUrl: "https://gateway.example",
    installId: "i1",
    issueToken: async () => {
      issued += 1;
      return { token: `t${issued}`, expiresAt: new Date(Date.now() + 300_000).toISOString() };
    },
    fetch: async (url, init) => {
      seen.push([String(url), init ?? {}]);
      return answers[seen.length - 1] ?? Response.error();
    },
  });
  const request = {
    method: "POST",
    path: "/notes?x=1",
    headers: { accept: "*/*" },
    body: "AP8=",
    encoding: "base64",
  } as const;
  const { signal } = new AbortController();

  const refused = await call(request, { signal });
  const text = await call({ ...request, method: "GET" }, { signal });
  const bytes = await call(request, { signal });

  assert.equal(refused.status, 401);
  assert.deepEqual([text.body, text.encoding], ['{"a":1}', "text"]);
  assert.deepEqual([bytes.body, bytes.encoding], ["AP8=", "base64"]);
  for (const [url, { credentials, redirect }] of seen) {
    assert.equal(url, "https://gateway.example/api/ext/i1/notes?x=1");
    assert.deepEqual([credentials, redirect], ["omit", "manual"]);
  }
  const sent = seen.map(([, { headers }]) => new Headers(headers).get("authorization"));
  assert.deepEqual(sent, ["Bearer t1", "Bearer t2", "Bearer t2"]);
  assert.equal(seen[1]?.[1].body, null);
});
