import { buildExtUiSrc, type Theme } from "@annex/iframe-sdk/host";
import { Alert, Banner, Button, Skeleton, tokenVars, useMediaQuery, useTheme } from "@annex/ui-kit";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useBeforeUnload, useLocation, useNavigate } from "react-router";
import type { ApiError } from "../api/api-error.ts";
import type { InstallView } from "../installs/types.ts";
import { useSession } from "../session/session-context.ts";
import { useExtension } from "../shell/extension-context.ts";
import { useShortcuts } from "../shortcuts/use-shortcuts.ts";
import { Failed } from "../states/failed.tsx";
import { addressOf, pathInside } from "./open-path.ts";
import { useFrame } from "./use-frame.ts";
import { useHostPorts } from "./use-host-ports.ts";
import { useQuestion } from "./use-question.tsx";

export interface ExtensionPageProps {
  readonly install: InstallView;
  readonly uiHostUrl: string;
  readonly entry: string;
  /** Reads the install again. */
  readonly refresh: () => void;
}

const SLOW_AFTER_MS = 8_000;
/** A page has the console's theme once it is connected; until then another one would be seen for a moment. */
const UNSEEN_FOR_MS = 1_000;

/** An extension's own page in its frame, with the console around it. */
export function ExtensionPage({ install, uiHostUrl, entry, refresh }: ExtensionPageProps) {
  const shown = useExtension();
  const { tenant, principal, permissions } = useSession();
  const base = shown.path("/open");
  const { pathname, search } = useLocation();
  const path = pathInside(base, pathname, search);
  const navigate = useNavigate();
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const { ask, dialog } = useQuestion();
  const guard = useGuard();
  const told = useRef(path);
  const move = useCallback(
    (to: string, replace: boolean) => {
      told.current = to;
      void navigate(addressOf(base, to), { replace });
    },
    [navigate, base],
  );
  const refused = useCallback(
    (error: ApiError | null) => {
      if (error !== null) setRefusal(error);
      refresh();
    },
    [refresh],
  );
  const ports = useHostPorts({
    extension: shown.extension,
    installId: install.install_id,
    navigate: move,
    ask,
    guard,
    refused,
  });
  const theme = useFrameTheme();
  const { content_hash, install_id, extension_id, version } = install;
  const src = useMemo(
    () =>
      buildExtUiSrc({
        uiHostUrl,
        extension: shown.segment,
        contentHash: content_hash,
        tenantId: tenant.id,
        extensionId: extension_id,
        parentOrigin: location.origin,
        entry: entry.replace(/^ui\//, ""),
      }),
    [uiHostUrl, shown.segment, content_hash, tenant.id, extension_id, entry],
  );
  const frame = useFrame({
    src,
    ports,
    context: {
      extension: { id: extension_id, publisher: shown.publisher, name: shown.name },
      version,
      contentHash: content_hash,
      installId: install_id,
      tenant: { id: tenant.id, name: tenant.name },
      user: { id: principal.id, name: principal.name, kind: principal.kind },
      permissions,
      locale: document.documentElement.lang || "en",
      theme,
      path,
    },
  });
  const { handle, state } = frame;
  useEffect(() => handle?.setTheme(theme), [handle, theme]);
  useEffect(() => {
    // What the page itself said is no news to it; the back button and links are.
    if (path === told.current) return;
    told.current = path;
    handle?.setPath(path);
  }, [handle, path]);
  const isUnseen = !useIsLate(state === "waiting", UNSEEN_FOR_MS) && state === "waiting";
  const title = useRef<HTMLParagraphElement>(null);
  useShortcuts("Open extension", [
    { keys: "Escape", label: "Leave the extension's page", run: () => title.current?.focus() },
  ]);
  const reload = () => {
    setRefusal(null);
    handle?.reload();
  };
  return (
    <div className="open-extension">
      <p ref={title} tabIndex={-1} className="open-head">
        <strong>{shown.extension}</strong> {version}, shown in a frame of its own. Tab goes into it and out
        again.
        <Button size="small" onClick={reload}>
          Reload
        </Button>
      </p>
      {refusal !== null && (
        <Failed error={refusal} retry={reload} title={`${shown.name} could not be opened`} />
      )}
      <FrameState state={state} name={shown.name} reload={reload} debug={shown.path("/debug")} />
      <iframe
        ref={frame.iframe}
        className="extension-frame"
        data-unseen={isUnseen || undefined}
        title={`${shown.extension}, the extension's own page`}
      />
      {dialog}
    </div>
  );
}

interface FrameStateProps {
  readonly state: ReturnType<typeof useFrame>["state"];
  readonly name: string;
  readonly reload: () => void;
  readonly debug: string;
}

function FrameState({ state, name, reload, debug }: FrameStateProps) {
  const isSlow = useIsLate(state === "waiting", SLOW_AFTER_MS);
  const navigate = useNavigate();
  const actions = (
    <>
      <Button onClick={reload}>Reload</Button>
      <Button onClick={() => void navigate(debug)}>Open debug</Button>
    </>
  );
  if (state === "waiting" && isSlow) {
    return (
      <Banner tone="warning" actions={actions}>
        {name} is slow to start.
      </Banner>
    );
  }
  if (state === "waiting") {
    return (
      <div role="status" aria-busy="true">
        <span className="annex-hidden">{name} is starting</span>
        <Skeleton lines={3} />
      </div>
    );
  }
  if (state === "left") {
    return (
      <Alert tone="warning" title={`${name} went to a page that is not its own`} actions={actions}>
        The console does not speak to that page.
      </Alert>
    );
  }
  if (state === "refused") {
    return (
      <Alert tone="danger" title={`${name} could not be opened`} actions={actions}>
        Its page lost its connection again and again (HOST_REFUSED).
      </Alert>
    );
  }
  return null;
}

function useIsLate(isWaiting: boolean, afterMs: number): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    setIsLate(false);
    if (!isWaiting) return;
    const timer = setTimeout(() => setIsLate(true), afterMs);
    return () => clearTimeout(timer);
  }, [isWaiting, afterMs]);
  return isLate;
}

/** The console's theme with every token, as it is drawn now. */
function useFrameTheme(): Theme {
  const { theme } = useTheme();
  const isStrong = useMediaQuery("(prefers-contrast: more)");
  return useMemo(
    () => ({ mode: isStrong ? "contrast" : theme, tokens: tokenVars(theme, isStrong ? "more" : "normal") }),
    [theme, isStrong],
  );
}

/** Asks before leaving loses something, as the extension's page said it would. */
function useGuard(): (isDirty: boolean) => void {
  const isDirty = useRef(false);
  useBeforeUnload(
    useCallback((event) => {
      if (isDirty.current) event.preventDefault();
    }, []),
  );
  return useCallback((dirty: boolean) => {
    isDirty.current = dirty;
  }, []);
}
