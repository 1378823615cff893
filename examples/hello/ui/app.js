// The page speaks envelope v1 to the window that frames it, and to nobody when it stands alone. It holds no
// secret and sends none, so its messages may go to any parent; it believes only its parent's answers.
"use strict";

(() => {
  const ANSWER_TIMEOUT_MS = 15_000;
  const isFramed = window.parent !== window;
  const element = (id) => document.getElementById(id);
  const waiting = new Map();
  let calls = 0;

  const send = (type, fields) => {
    window.parent.postMessage({ alga: true, version: "1", type, ...fields }, "*");
  };

  function contentHashOf(pathname) {
    return /\/(sha256:[0-9a-f]{64})(?:\/|$)/.exec(decodeURIComponent(pathname))?.[1];
  }

  function show(sentence, state) {
    const answer = element("answer");
    answer.textContent = sentence;
    answer.dataset.state = state;
  }

  function callHandler(method, route) {
    return new Promise((resolve, reject) => {
      const requestId = `hello-${(calls += 1)}`;
      const settle = (payload) => {
        clearTimeout(timer);
        waiting.delete(requestId);
        if (typeof payload?.body === "string") {
          resolve(payload.body);
        } else {
          reject(new Error(typeof payload?.error === "string" ? payload.error : "The answer was empty."));
        }
      };
      const timer = setTimeout(() => settle({ error: "No answer came within 15 seconds." }), ANSWER_TIMEOUT_MS);
      waiting.set(requestId, settle);
      send("apiproxy", { request_id: requestId, payload: { method, route } });
    });
  }

  function receive(event) {
    if (event.source !== window.parent) {
      return;
    }
    const message = event.data;
    if (message?.alga === true && message.version === "1" && message.type === "apiproxy_response") {
      waiting.get(message.request_id)?.(message.payload);
    }
  }

  function fromBase64(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  }

  async function greet(event) {
    event.preventDefault();
    const button = element("greet").querySelector("button");
    button.disabled = true;
    show("Calling the handler…", "waiting");
    try {
      const name = encodeURIComponent(element("name").value.trim());
      const body = await callHandler("GET", name ? `/hello?name=${name}` : "/hello");
      show(JSON.parse(fromBase64(body)).message, "done");
    } catch (error) {
      show(`The handler could not be called. ${error.message}`, "failed");
    } finally {
      button.disabled = false;
    }
  }

  const contentHash = contentHashOf(window.location.pathname);
  if (contentHash) {
    element("content-hash").textContent = contentHash;
  }
  // The form is never submitted by the browser: the page's policy allows no form action.
  element("greet").addEventListener("submit", isFramed ? greet : (event) => event.preventDefault());

  if (isFramed) {
    element("framing").textContent = "inside another page";
    element("greet").querySelector("button").disabled = false;
    show("Type a name, or leave it empty.", "waiting");
    window.addEventListener("message", receive);
    new ResizeObserver(() => {
      send("resize", { payload: { height: Math.ceil(document.body.getBoundingClientRect().height) } });
    }).observe(document.body);
    send("ready");
  }
})();
