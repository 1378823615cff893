import type { HostPorts } from "@annex/iframe-sdk/host";
import { bootstrapIframe, type Context, type FrameHandle, type FrameState } from "@annex/iframe-sdk/host";
import { type RefObject, useEffect, useRef, useState } from "react";

export interface FrameWish {
  readonly src: string;
  readonly context: Context;
  readonly ports: HostPorts;
}

export interface ShownFrame {
  readonly iframe: RefObject<HTMLIFrameElement | null>;
  readonly handle: FrameHandle | null;
  readonly state: FrameState;
}

/** Shows an extension's page in a frame for as long as the component is shown, and is its host. */
export function useFrame(wish: FrameWish): ShownFrame {
  const iframe = useRef<HTMLIFrameElement>(null);
  const latest = useRef(wish);
  latest.current = wish;
  const [handle, setHandle] = useState<FrameHandle | null>(null);
  const [state, setState] = useState<FrameState>("waiting");
  const { src } = wish;
  useEffect(() => {
    const element = iframe.current;
    if (element === null) return;
    const { context } = latest.current;
    const made = bootstrapIframe({
      iframe: element,
      src,
      context,
      ports: throughLatest(() => latest.current.ports),
      // The console's policy confines frames to the ui-host, so a token reaches no other page.
      allowsEnvelopeV1: true,
      onState: setState,
    });
    setHandle(made);
    return () => made.close();
  }, [src]);
  return { iframe, handle, state };
}

/** The frame lives on while the page around it is drawn anew, and is always answered by the newest of it. */
function throughLatest(ports: () => HostPorts): HostPorts {
  return {
    callApi: (request, options) => ports().callApi(request, options),
    issueToken: (options) => ports().issueToken(options),
    navigate: (path, options) => ports().navigate(path, options),
    toast: (toast) => ports().toast(toast),
    confirm: (question, options) => ports().confirm(question, options),
    openExternal: (url, options) => ports().openExternal(url, options),
    writeClipboard: (text, options) => ports().writeClipboard(text, options),
    state: { read: () => ports().state.read(), write: (text) => ports().state.write(text) },
    guard: (isDirty) => ports().guard?.(isDirty),
  };
}
