// Runs before an extension's code in QuickJS: puts in place what the engine lacks or gets wrong in a snapshot.
import random from "wasi:random/random@0.2.3";

import { consoleOver } from "./console.js";
import { cryptoOver, randomOver } from "./crypto.js";
import { host } from "./host.js";
import { DrainedPromise, runJobs } from "./promise.js";
import { serve } from "./serve.js";
import { TextDecoder, TextEncoder } from "./text-codec.js";

const randomBytes = (count) => random.getRandomBytes(count);

Object.assign(globalThis, {
  Promise: DrainedPromise,
  TextDecoder,
  TextEncoder,
  console: consoleOver(host.logging),
  crypto: cryptoOver(randomBytes),
  queueMicrotask: (job) => void DrainedPromise.resolve().then(job),
});
Math.random = randomOver(randomBytes);

// Every host function is synchronous, so after the last job nothing can settle a promise any more.
function settle(answer) {
  if (typeof answer?.then !== "function") {
    return answer;
  }
  let outcome;
  DrainedPromise.resolve(answer).then(
    (value) => (outcome = { value }),
    (error) => (outcome = { error }),
  );
  runJobs();
  if (outcome === undefined) {
    throw new Error("The handler waits for a promise that nothing settles.");
  }
  if ("error" in outcome) {
    throw outcome.error;
  }
  return outcome.value;
}

export const serveHere = (handle) => serve(handle, { host, settle });
