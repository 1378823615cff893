// An extension's page in the tests of the bridge; tests act in it by `bridgeTest`.
import { connect as connectToAny } from "../../src/alga/connect.ts";
import { connect } from "../../src/index.ts";

/** What became of a promise, in words that can leave the page. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await work };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    return { code, message };
  }
}

Object.assign(window, { bridgeTest: { connect, connectToAny, outcome } });
