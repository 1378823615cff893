import { createContext } from "react";
import type { Host } from "../guest/host.ts";

export const HostContext = createContext<Host | undefined>(undefined);
