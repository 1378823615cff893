import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHost } from "../src/testing/index.ts";
import { HOST_CASES } from "./suite/host-cases.ts";
import { suiteAnswer } from "./suite/suite-answer.ts";

for (const { name, run, expected } of HOST_CASES) {
  test(`over the host for tests: ${name}`, async () => {
    const { host } = await createTestHost({ api: suiteAnswer });

    assert.deepEqual(await run(host), expected);

    host.disconnect();
  });
}
