import { accepts } from "../contract/accepts.ts";
import {
  checkGuardParams,
  checkNavigateParams,
  checkResizeParams,
  checkToastParams,
  type Note,
} from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { confineRoute } from "./confine-route.ts";
import type { HostPorts } from "./host-ports.ts";

/** Do what a guest says without waiting for an answer; the reason when it is dropped. */
export function serveNote(
  note: Note,
  ports: HostPorts,
  resize: (height: number) => void,
): string | undefined {
  const { name, params } = note;
  switch (name) {
    case "navigate": {
      if (!accepts(checkNavigateParams, params)) return checkNavigateParams(params, name);
      return navigate(ports, params.path, params.replace === true);
    }
    case "resize":
      if (!accepts(checkResizeParams, params)) return checkResizeParams(params, name);
      resize(params.height);
      return undefined;
    case "toast":
      if (!accepts(checkToastParams, params)) return checkToastParams(params, name);
      ports.toast(params);
      return undefined;
    case "guard":
      if (!accepts(checkGuardParams, params)) return checkGuardParams(params, name);
      ports.guard?.(params.isDirty);
      return undefined;
  }
}

export function navigate(ports: HostPorts, path: string, replace: boolean): string | undefined {
  try {
    ports.navigate(confineRoute(path), { replace });
    return undefined;
  } catch (error) {
    if (error instanceof AnnexError) return error.message;
    throw error;
  }
}
