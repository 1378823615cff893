import assert from "node:assert/strict";
import { test } from "node:test";
import { confineRoute } from "../src/host/index.ts";

const TAKEN: readonly (readonly [string, string])[] = [
  ["/", "/"],
  ["/notes", "/notes"],
  ["/notes/", "/notes/"],
  ["/notes/7?a=1&b=%20", "/notes/7?a=1&b=%20"],
  ["/a b/ä", "/a%20b/%C3%A4"],
  ["/a%20b", "/a%20b"],
  ["/...", "/..."],
  ["/.well-known", "/.well-known"],
  ["/a?b=../..&c=//", "/a?b=../..&c=//"],
  ["/a?q=ä?", "/a?q=%C3%A4?"],
  ["/50%25", "/50%25"],
];

const REFUSED = [
  "",
  "notes",
  "https://evil.example/",
  "//evil.example",
  "/a//b",
  "/..",
  "/../x",
  "/./x",
  "/a/../../x",
  "/%2e%2e/x",
  "/%2E./x",
  "/.%2e/x",
  "/%252e%252e/x",
  "/%25252e%25252e/x",
  "/%2525252e%2525252e/x",
  "/a%2fb",
  "/a%252fb",
  "/a%5cb",
  "/a\\..\\b",
  "/..;/x",
  "/..;a=b/x",
  "/ ../x",
  "/%20../x",
  "/a%00",
  "/a\u0000",
  "/a\nb",
  "/a%0ab",
  "/a#b",
  "/%",
  "/%zz",
  "/%c0%ae%c0%ae/x",
  "/%u002e%u002e/x",
  "/\ud800",
  `/${"a".repeat(5000)}`,
];

test("a route of the extension's own API keeps its meaning and gets one spelling", () => {
  for (const [route, spelled] of TAKEN) assert.equal(confineRoute(route), spelled);
});

test("a route is its own normal form", () => {
  for (const [, spelled] of TAKEN) assert.equal(confineRoute(spelled), spelled);
});

test("whatever could leave the extension's API is refused", () => {
  for (const route of REFUSED) {
    assert.throws(() => confineRoute(route), { code: "ROUTE_REFUSED" }, JSON.stringify(route));
  }
});

test("no spelling of anything leads out, however it is put together", () => {
  const parts = [
    "..",
    ".",
    "%2e",
    "%252e",
    "/",
    "%2f",
    "%252F",
    "\\",
    "%5c",
    "a",
    ";",
    "?",
    "%",
    "25",
    "#",
    " ",
  ];
  let state = 7;
  const next = (most: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % most;
  };
  for (let round = 0; round < 20_000; round += 1) {
    const route = `/${Array.from({ length: 1 + next(7) }, () => parts[next(parts.length)]).join("")}`;
    let spelled: string;
    try {
      spelled = confineRoute(route);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ROUTE_REFUSED", route);
      continue;
    }
    const { pathname, origin } = new URL(`https://gateway.example/api/ext/id${spelled}`);
    assert.equal(origin, "https://gateway.example", route);
    assert.ok(pathname.startsWith("/api/ext/id/"), route);
    assert.equal(pathname, `/api/ext/id${spelled.split("?")[0]}`, route);
  }
});
