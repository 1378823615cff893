import type { Context } from "../contract/messages.ts";
import { type MadeHost, makeHost } from "../guest/make-host.ts";
import type { Dialect } from "../guest/shake-hands.ts";
import { AlgaLink } from "./alga-link.ts";

/** Envelope v1 beside protocol v2, for hosts that know nothing else. */
export function algaDialect(post: (message: unknown) => void): Dialect {
  let made: MadeHost | undefined;
  let tokens: Readonly<Record<string, string>> = {};
  let heard: { readonly path: string | undefined } | undefined;
  const link = new AlgaLink(post, {
    heard: (path) => {
      heard = { path };
    },
    theme: (told) => {
      tokens = told;
      made?.tell("theme", { mode: "light", tokens });
    },
  });
  return {
    versions: [2, 1],
    greet: () => link.send("ready"),
    hear: (data) => {
      link.receive(data);
      if (!heard || made) return undefined;
      made = makeHost(link, 1, [], algaContext(heard.path, tokens));
      return made.host;
    },
  };
}

// What such a host does not tell stays empty.
function algaContext(path: string | undefined, tokens: Readonly<Record<string, string>>): Context {
  const query = new URLSearchParams(location.search);
  return {
    extension: { id: query.get("extensionId") ?? "", publisher: "", name: "" },
    version: "",
    contentHash: /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(location.pathname))?.[0] ?? "",
    installId: "",
    tenant: { id: query.get("tenant") ?? "" },
    user: { id: "" },
    permissions: [],
    locale: navigator.language,
    theme: { mode: "light", tokens },
    path: path ?? query.get("path") ?? "/",
  };
}
