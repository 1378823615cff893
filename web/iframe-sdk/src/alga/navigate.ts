import type { IframeBridge } from "./iframe-bridge.ts";

export const navigate = (bridge: IframeBridge, path: string): void => bridge.emitToHost("navigate", { path });
