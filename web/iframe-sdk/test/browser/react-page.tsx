// Components over the host for tests, in a real browser; strict mode mounts each twice.
import { StrictMode, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import {
  AnnexProvider,
  useAutoResize,
  useContextInfo,
  useHostState,
  useLocale,
  useMutation,
  useNavigationGuard,
  useQuery,
  useTheme,
} from "../../src/react/index.ts";
import { createTestHost, type TestHost } from "../../src/testing/index.ts";

function Notes() {
  const [path, setPath] = useState("/notes");
  const { data, error, isLoading, refetch } = useQuery<readonly string[]>(path);
  const { mutate, isRunning, error: refusal } = useMutation("/notes");
  const [draft, keepDraft] = useHostState("draft", "");
  const { mode } = useTheme();
  const { user } = useContextInfo();
  const locale = useLocale();
  const box = useRef<HTMLElement>(null);
  useAutoResize(box);
  useNavigationGuard(draft !== "");
  const state = isLoading ? "loading" : (error?.code ?? data?.join());
  return (
    <main ref={box}>
      <p id="state">{state}</p>
      <p id="facts">{[mode, user.role, locale, draft ?? "unread"].join(" ")}</p>
      <p id="mutation">{isRunning ? "running" : (refusal?.code ?? "idle")}</p>
      <button type="button" id="again" onClick={refetch}>
        Again
      </button>
      <button type="button" id="other" onClick={() => setPath("/slow")}>
        Other
      </button>
      <button type="button" id="send" onClick={() => void mutate({ json: "new" })}>
        Send
      </button>
      <button type="button" id="draft" onClick={() => void keepDraft("text")}>
        Draft
      </button>
    </main>
  );
}

const made: TestHost = await createTestHost({
  role: "viewer",
  routes: {
    "GET /notes": ["a", "b"],
    "POST /notes": { status: 201 },
    "GET /slow": () => new Promise(() => undefined),
  },
});

function mount(host: TestHost["host"] | undefined) {
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  root.render(
    <StrictMode>
      <AnnexProvider
        {...(host && { host })}
        fallback={<p id="fallback">waiting</p>}
        error={({ code }) => <p id="none">{code}</p>}
      >
        <Notes />
      </AnnexProvider>
    </StrictMode>,
  );
  return root;
}

Object.assign(window, { reactTest: { made, mount, root: mount(made.host) } });
