import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../src/api/api-error.ts";
import { askedOf, keptOf } from "../../src/publish/kept-upload.ts";
import { isSettled, stateOf } from "../../src/publish/publish-state.ts";
import { type Asked, findOut, publishAsked, type UploadCalls } from "../../src/publish/settle.ts";
import type { Publication, Upload } from "../../src/publish/upload.ts";

const asked: Asked = {
  uploadId: "u-1",
  contentHash: "sha256:aa",
  idempotencyKey: "key-1",
  signature: '{"payload":"…"}',
};
const publication = { upload_id: "u-1" } as Publication;
const upload = (state: string, more: Partial<Upload> = {}) =>
  ({ upload_id: "u-1", state, publication: null, refusal: null, ...more }) as Upload;
const error = (status: number, code = "X") =>
  new ApiError({ code, status, message: "m", hint: null, requestId: null, details: {}, docs: null });

/** A registry with one upload: it notes every wish, and answers as it is told. */
function registry(found: Upload | null | Error, answer: Publication | Error = publication) {
  const wishes: Asked[] = [];
  const calls: UploadCalls = {
    read: async () => {
      if (found instanceof Error) throw found;
      return found;
    },
    finalize: async (wish) => {
      wishes.push(wish);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { calls, wishes };
}

for (const state of ["receiving", "staged"]) {
  test(`an upload that is still ${state} is asked for again with the same key and signature`, async () => {
    const { calls, wishes } = registry(upload(state));

    const outcome = await findOut("u-1", asked, calls);

    assert.deepEqual(wishes, [asked]);
    assert.deepEqual(outcome, { kind: "published", publication });
  });

  test(`an upload that is ${state} and that nobody asked to publish is left alone`, async () => {
    const { calls, wishes } = registry(upload(state));

    const outcome = await findOut("u-1", null, calls);

    assert.deepEqual(wishes, []);
    assert.deepEqual(outcome, { kind: "not-asked" });
  });
}

test("what was decided meanwhile is told and not asked for again", async () => {
  const refusal = { code: "SIGNATURE_INVALID", message: "No.", details: {} };
  const published = registry(upload("published", { publication }));
  const refused = registry(upload("refused", { refusal }));
  const expired = registry(upload("expired"));
  const forgotten = registry(null);

  assert.deepEqual(await findOut("u-1", asked, published.calls), { kind: "published", publication });
  const told = await findOut("u-1", asked, refused.calls);
  assert.equal(told.kind === "refused" && told.error.code, "SIGNATURE_INVALID");
  assert.deepEqual(await findOut("u-1", asked, expired.calls), { kind: "forgotten" });
  assert.deepEqual(await findOut("u-1", asked, forgotten.calls), { kind: "forgotten" });
  for (const { wishes } of [published, refused, expired, forgotten]) assert.deepEqual(wishes, []);
});

test("where one cannot look, nothing is asked for and nothing is given up", async () => {
  for (const [fault, kind] of [
    [error(0), "unknown"],
    [error(403, "PERMISSION_DENIED"), "undecided"],
  ] as const) {
    const { calls, wishes } = registry(fault);

    const outcome = await findOut("u-1", asked, calls);

    assert.equal(outcome.kind, kind);
    assert.equal(isSettled(outcome), false);
    assert.deepEqual(wishes, []);
  }
});

test("only a refusal settles a publication that was not answered well", async () => {
  const kinds = [];
  for (const answer of [
    error(0, "GATEWAY_UNREACHABLE"),
    error(503, "DATABASE_UNAVAILABLE"),
    error(500, "INTERNAL"),
    error(409, "IDEMPOTENCY_IN_PROGRESS"),
    error(429, "RATE_LIMITED"),
    error(401, "SESSION_REFUSED"),
    error(409, "VERSION_ALREADY_EXISTS"),
  ]) {
    const outcome = await publishAsked(asked, registry(null, answer).calls);
    kinds.push([outcome.kind, isSettled(outcome)]);
  }

  assert.deepEqual(kinds, [
    ["unknown", false],
    ["unknown", false],
    ["unknown", false],
    ["unknown", false],
    ["undecided", false],
    ["undecided", false],
    ["refused", true],
  ]);
});

test("an unknown outcome keeps the whole wish for its repeat", () => {
  const kept = keptOf({
    uploadId: "u-1",
    fileName: "a.tar.zst",
    contentHash: "sha256:aa",
    asked: { idempotencyKey: "key-1", signature: asked.signature },
  });
  assert.ok(kept);

  const state = stateOf({ kind: "unknown" }, kept, 1);

  assert.deepEqual(state.step === "unknown" && askedOf(state.upload), asked);
});

test("an upload kept without a wish, or with half of one, was not asked for", () => {
  const kept = { uploadId: "u-1", fileName: "a.tar.zst", contentHash: "sha256:aa" };

  assert.deepEqual(keptOf(kept), { ...kept, asked: null });
  assert.deepEqual(keptOf({ ...kept, asked: { idempotencyKey: "key-1" } }), { ...kept, asked: null });
  assert.equal(keptOf({ ...kept, uploadId: 7 }), null);
});
