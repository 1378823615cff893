// For tests of an extension's page: no browser, no Annex process.
export { Calls, type MadeCall } from "./calls.ts";
export {
  createTestHost,
  type FakeHost,
  type TestAnswer,
  type TestHost,
  type TestHostOptions,
  type TestRequest,
  type TestUser,
} from "./create-test-host.ts";
