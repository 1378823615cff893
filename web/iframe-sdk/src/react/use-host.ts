import { useContext } from "react";
import { AnnexError } from "../errors/annex-error.ts";
import type { Host } from "../guest/host.ts";
import { HostContext } from "./host-context.ts";

export function useHost(): Host {
  const host = useContext(HostContext);
  if (!host) throw new AnnexError("HOST_UNREACHABLE", "useHost needs an AnnexProvider around it.");
  return host;
}
