import { TextEncoder } from "./text-codec.js";

// An execute-response that carries one JSON document.
export function jsonAnswer(status, document) {
  return {
    status,
    headers: [
      { name: "content-type", value: "application/json; charset=utf-8" },
      { name: "cache-control", value: "no-store" },
    ],
    body: new TextEncoder().encode(JSON.stringify(document)),
  };
}
