// Has the guest that makes host calls make them of a mock instead: options and calls come in, what they came to goes out.
import { registerHooks } from "node:module";

const PACKAGE = new URL("../../../web/extension-runtime/src/index.js", import.meta.url).href;
const GUEST = new URL("../../guests/js/src/asks.js", import.meta.url);

registerHooks({
  resolve: (name, context, next) =>
    name === "@annex/extension-runtime" ? { url: PACKAGE, shortCircuit: true } : next(name, context),
});
const { createMockHostBindings, readJson } = await import(PACKAGE);
const { handler } = await import(GUEST);

const said = [];
for await (const part of process.stdin) {
  said.push(part);
}
const { options, calls } = JSON.parse(Buffer.concat(said).toString());
const host = createMockHostBindings(options);
const body = new TextEncoder().encode(JSON.stringify(calls));
const answer = await handler({ context: host.context.get(), http: { method: "POST", url: "/call", headers: [], body } }, host);
console.log(JSON.stringify(readJson(answer)));
