import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../src/api/api-error.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { proofBadge } from "../../src/proofs/badge.ts";
import { proveVersion } from "../../src/proofs/prove-version.ts";
import { reasonAgainst } from "../../src/proofs/reason-against.ts";
import type { VersionFacts } from "../../src/proofs/version-facts.ts";
import { memoryOf, storedLog, VKEY } from "../log/stored-log.ts";

const published: VersionFacts = {
  extension: "acme/hello",
  version: "1.0.1",
  contentHash: "sha256:b4b76eea3be90f9c8fd1be40b57c8369a44586071049a3cb7f3a4e993d10a751",
  signer: null,
  logIndex: 1,
  imported: false,
};
const held = {
  kind: "held",
  index: 1,
  treeSize: 3,
  time: "2026-11-20T15:00:01Z",
  bundles: [published.contentHash],
} as const;
const signed = { ...published, signer: "00112233aabbccdd" };

async function proven(facts: VersionFacts) {
  const reader = new LogReader(VKEY, storedLog(), memoryOf());
  return proveVersion(facts, reader, () => reader.checkpoint());
}

test("a version that the log holds is proven", async () => {
  assert.deepEqual(await proven(published), held);
});

for (const [what, change] of Object.entries({
  version: { version: "1.0.2" },
  extension: { extension: "acme/other" },
  hash: { contentHash: `sha256:${"0".repeat(64)}` },
  signer: { signer: "00112233aabbccdd" },
  place: { logIndex: 2 },
})) {
  test(`a registry that shows another ${what} than the log is caught`, async () => {
    assert.equal((await proven({ ...published, ...change })).kind, "broken");
  });
}

test("what is not signed or not logged yet is unchecked and not failed", async () => {
  assert.equal((await proven({ ...published, logIndex: null })).kind, "unchecked");
  assert.equal((await proven({ ...published, logIndex: 3 })).kind, "unchecked");
});

test("a log that does not answer leaves a version unchecked", async () => {
  const away = new ApiError({
    code: "REGISTRY_UNAVAILABLE",
    status: 503,
    message: "The registry does not answer.",
    hint: null,
    requestId: null,
    details: {},
    docs: null,
  });
  const reader = new LogReader(VKEY, () => Promise.reject(away), memoryOf());

  const proof = await proveVersion(published, reader, () => reader.checkpoint());

  assert.deepEqual(proof, {
    kind: "unchecked",
    reason: "The log could not be read: The registry does not answer.",
  });
});

test("each state has words of its own, and only a failure forbids installing", () => {
  const key = { keyId: signed.signer, validSince: null, revokedAt: null };
  const badges = [
    proofBadge(signed, held, key),
    proofBadge(published, held, null),
    proofBadge(signed, held, { ...key, revokedAt: "2026-11-09T10:00:00Z" }),
    proofBadge(published, { kind: "broken", reason: "It is not there." }, null),
    proofBadge(published, { kind: "unchecked", reason: "No key." }, null),
  ];

  assert.deepEqual(
    badges.map(({ state, label, mayInstall }) => [state, label, mayInstall]),
    [
      ["signed", "Signed by 00112233aabbccdd", true],
      ["unsigned", "Unsigned", true],
      ["key-revoked", "Signed by a key since revoked", true],
      ["failed", "Verification failed", false],
      ["unchecked", "Not checked", true],
    ],
  );
  assert.match(badges[2]?.sentence ?? "", /9 Nov 2026/);
  for (const { label, sentence } of badges) assert.doesNotMatch(label + sentence, /safe|trusted|secure|!/i);
});

test("only a check that failed stands against installing a version, and says why", () => {
  const broken = proofBadge(published, { kind: "broken", reason: "It is not there." }, null);
  const unchecked = proofBadge(published, { kind: "unchecked", reason: "No key." }, null);

  assert.equal(
    reasonAgainst("1.0.1", broken),
    "Verification of version 1.0.1 failed. It is not there. Do not install this version. Tell whoever runs this platform.",
  );
  for (const badge of [unchecked, proofBadge(published, held, null), null, undefined])
    assert.equal(reasonAgainst("1.0.1", badge), null);
});
