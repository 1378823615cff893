import assert from "node:assert/strict";
import { test } from "node:test";
import { failedCheck } from "../../src/publish/checks.ts";

test("a refusal belongs to the check that its code is about", () => {
  assert.equal(failedCheck("HASH_MISMATCH"), "content");
  assert.equal(failedCheck("BUNDLE_PATH_REFUSED"), "content");
  assert.equal(failedCheck("SIGNATURE_INVALID"), "signature");
  assert.equal(failedCheck("INVALID_MANIFEST"), "manifest");
  assert.equal(failedCheck("IMPORT_REFUSED"), "handler");
  assert.equal(failedCheck("VERSION_ALREADY_EXISTS"), null);
  assert.equal(failedCheck("PUBLISHER_MEMBERSHIP_REQUIRED"), null);
});
