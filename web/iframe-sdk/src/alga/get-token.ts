import type { IframeBridge } from "./iframe-bridge.ts";

/** A token that is good now. Settles: with the token, or with an AnnexError. */
export const getToken = (bridge: IframeBridge): Promise<string> => bridge.renewToken();
