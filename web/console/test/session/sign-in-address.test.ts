import assert from "node:assert/strict";
import { test } from "node:test";
import { addressAfterSignIn, signInAddress } from "../../src/session/sign-in-address.ts";

test("signing in leads back to where one was", () => {
  const address = signInAddress("/t/dev/executions?status=error", "expired");
  const query = new URL(address, "http://console.example").searchParams;

  assert.equal(addressAfterSignIn(query), "/t/dev/executions?status=error");
});

test("signing in leads to no other site, whatever the address says", () => {
  for (const from of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "/\t/evil.example",
    "/sign-in",
    "",
  ]) {
    assert.equal(addressAfterSignIn(new URLSearchParams({ from })), "/", from);
  }
});
