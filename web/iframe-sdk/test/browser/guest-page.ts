// An extension's page in the tests of the bridge; tests act in it by `bridgeTest`.
import { connect as connectToAny } from "../../src/alga/connect.ts";
import { connect, type Host } from "../../src/index.ts";
import { HOST_CASES } from "../suite/host-cases.ts";

/** What became of a promise, in words that can leave the page. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await work };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    return { code, message };
  }
}

/** Run the suite of hosts over this page's own; answers what was not as expected. */
async function suite(host: Host): Promise<readonly unknown[]> {
  const faults = [];
  for (const { name, run, expected } of HOST_CASES) {
    const got = await outcome(run(host));
    if (JSON.stringify(got) !== JSON.stringify({ value: expected })) faults.push({ name, got, expected });
  }
  return faults;
}

Object.assign(window, { bridgeTest: { connect, connectToAny, outcome, suite } });
