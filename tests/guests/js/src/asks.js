// One handler for every JavaScript engine: answers what the path asks for, always after some awaiting.
import { HostError, jsonResponse } from "@annex/extension-runtime";

const MADE_AT_BUILD = Date.now();

const ANSWERS = {
  "/ok": () => ({ ok: true }),
  "/time": () => ({ now: Date.now(), made_at_build: MADE_AT_BUILD, iso: new Date().toISOString() }),
  "/random": () => ({
    random: [Math.random(), Math.random(), Math.random()],
    bytes: [...crypto.getRandomValues(new Uint8Array(16))],
    uuid: crypto.randomUUID(),
  }),
  "/order": order,
  "/host": asksTheHost,
  "/call": callsTheHost,
  "/log": (request, host) => {
    console.log("from console.log", { deep: [1, null] });
    console.error("from console.error");
    host.logging.warn("from the host");
    return { logged: true };
  },
  "/throw": async () => {
    await null;
    throw new RangeError("thrown after an await");
  },
  "/never": () => new Promise(() => {}),
};

export async function handler(request, host) {
  await Promise.resolve();
  const answer = ANSWERS[request.http.url.split("?", 1)[0]];
  if (answer === undefined) {
    return { status: 404 };
  }
  if (answer === callsTheHost) {
    return jsonResponse(await callsTheHost(request, host));
  }
  if (request.http.body !== undefined && request.http.body !== null) {
    return jsonResponse({ text: new TextDecoder().decode(Uint8Array.from(request.http.body)) });
  }
  return jsonResponse(await answer(request, host));
}

async function order() {
  const seen = [];
  const later = Promise.resolve().then(() => seen.push("then"));
  queueMicrotask(() => seen.push("microtask"));
  seen.push("now");
  for await (const value of counted()) {
    seen.push(value);
  }
  await later;
  const settled = await Promise.allSettled([Promise.reject(new Error("no")), 1]);
  return { seen, settled: settled.map(({ status }) => status), first: await Promise.any([Promise.reject(), 2]) };
}

async function* counted() {
  yield 1;
  await null;
  yield 2;
}

async function asksTheHost(request, host) {
  const secret = await refusal(() => host.secrets.get("api_key"));
  return {
    tenant: (await host.context.get()).tenantId,
    greeting: (await host.config.get("greeting")) ?? null,
    secret,
  };
}

// Does the host calls its body lists: [interface, function, …arguments] in the names of the runtime package.
async function callsTheHost(request, host) {
  const results = [];
  for (const [interfaceName, name, ...values] of JSON.parse(new TextDecoder().decode(request.http.body))) {
    results.push(await refusal(() => shown(host[interfaceName][name](...values))));
  }
  return results;
}

function shown(value) {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : (value ?? null);
}

async function refusal(ask) {
  try {
    return { value: await ask() };
  } catch (error) {
    return { refused: error instanceof HostError ? error.code : String(error) };
  }
}
