import { shown } from "./shown.js";

// The component's export: calls `handle(request, host)`, waits for what it returns, and says why before it traps.
// `settle` turns a promise into its outcome where the engine cannot be waited for.
export function serve(handle, { host, settle }) {
  const reported = (error) => {
    host.logging.error(`uncaught: ${shown(error)}`);
    throw error;
  };
  return (request) => {
    try {
      const answer = settle(handle(request, host));
      return typeof answer?.then === "function" ? answer.then(completed).catch(reported) : completed(answer);
    } catch (error) {
      return reported(error);
    }
  };
}

// An answer may leave out headers, and give a body as text.
function completed(answer) {
  if (typeof answer?.status !== "number") {
    throw new TypeError("The handler returned no answer: an object with a status is needed.");
  }
  const { status, headers = [], body } = answer;
  return { status, headers, body: typeof body === "string" ? new TextEncoder().encode(body) : (body ?? undefined) };
}
