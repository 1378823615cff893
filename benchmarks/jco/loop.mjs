// The peer: a component transpiled by jco, called in a loop with a fresh instance for each call.
// `node loop.mjs TRANSPILED.js`; orders and answers are those of benchmarks/bare_loop.py.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const file = process.argv[2];
const { instantiate } = await import(pathToFileURL(file).href);
const modules = new Map();

async function getCoreModule(name) {
  if (!modules.has(name)) {
    modules.set(name, await WebAssembly.compile(await readFile(join(dirname(file), name))));
  }
  return modules.get(name);
}

const CONTEXT = {
  requestId: "00000000-0000-4000-8000-000000000001",
  tenantId: "00000000-0000-4000-8000-000000000002",
  extensionId: "00000000-0000-4000-8000-000000000003",
  installId: "00000000-0000-4000-8000-000000000004",
  versionId: "00000000-0000-4000-8000-000000000005",
};
const HEADERS = Object.entries({
  accept: "*/*",
  "user-agent": "annex-benchmark",
  "x-request-id": CONTEXT.requestId,
  "x-tenant-id": CONTEXT.tenantId,
}).map(([name, value]) => ({ name, value }));
const nothing = new Proxy({}, { get: (_, name) => () => { throw new Error(`${String(name)} is not offered`); } });
const ours = {
  "alga:extension/config": { get: (key) => (key === "greeting" ? "Hello" : undefined), listKeys: () => ["greeting"] },
  "alga:extension/context": { getContext: () => CONTEXT },
  "alga:extension/logging": { logInfo() {}, logWarn() {}, logError() {} },
};

async function wasi() {
  const { cli, clocks, filesystem, http, io, random, sockets } = await import("@bytecodealliance/preview2-shim");
  const all = { cli, clocks, filesystem, http, io, random, sockets };
  return (name) => {
    const [, packageName, interfaceName] = /^wasi:([^/]+)\/([^@]+)/.exec(name) ?? [];
    const camel = interfaceName?.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    return packageName === undefined ? undefined : all[packageName]?.[camel];
  };
}

const shim = await wasi();
const imports = new Proxy({}, { get: (_, name) => ours[name] ?? shim(String(name)) ?? nothing });

async function call(order, body) {
  const instance = await instantiate(getCoreModule, imports, WebAssembly.instantiate);
  const answer = await instance.handler({
    context: CONTEXT,
    http: { method: order.method, url: order.url, headers: HEADERS, body },
  });
  return Buffer.from(answer.body);
}

async function round(order) {
  const body = order.body_bytes > 0 ? new Uint8Array(order.body_bytes).fill(120) : undefined;
  const milliseconds = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  do {
    const began = performance.now();
    const answer = await call(order, body);
    milliseconds.push(performance.now() - began);
    if (!answer.includes(order.expected)) {
      throw new Error(`the handler answered ${answer.subarray(0, 200)}`);
    }
  } while (performance.now() - started < order.seconds * 1000);
  const used = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - started) / 1000,
    milliseconds,
    cpu_seconds: (used.user + used.system) / 1e6,
  };
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await round(JSON.parse(line))));
}
