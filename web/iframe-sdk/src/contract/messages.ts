// biome-ignore-all format: written by scripts/generate-messages.mjs from contract/bridge.schema.json.
import type { Check } from "./check.ts";
import { anything, flag, list, number, one, record, table, text, union } from "./shapes.ts";

export type Nonce = string;
export const checkNonce: Check<Nonce> = /* @__PURE__ */ text(undefined, 0, /^[A-Za-z0-9_-]{22}$/);

export type Path = string;
export const checkPath: Check<Path> = /* @__PURE__ */ text(4096, 1, /^\//);

export type ErrorCode = "HOST_UNREACHABLE" | "HOST_REFUSED" | "PROTOCOL_MISMATCH" | "DISCONNECTED" | "TIMEOUT" | "CANCELLED" | "UNSUPPORTED" | "INVALID_ARGUMENT" | "MESSAGE_TOO_LARGE" | "STATE_TOO_LARGE" | "BRIDGE_BUSY" | "ROUTE_REFUSED" | "DENIED" | "HOST_FAILED" | "SESSION_ENDED" | "PERMISSION_DENIED" | "ENDPOINT_NOT_FOUND" | "EXTENSION_UNAVAILABLE" | "RATE_LIMITED" | "EXTENSION_REFUSED" | "EXTENSION_FAILED" | "PLATFORM_UNAVAILABLE";
export const checkErrorCode: Check<ErrorCode> = /* @__PURE__ */ one("HOST_UNREACHABLE", "HOST_REFUSED", "PROTOCOL_MISMATCH", "DISCONNECTED", "TIMEOUT", "CANCELLED", "UNSUPPORTED", "INVALID_ARGUMENT", "MESSAGE_TOO_LARGE", "STATE_TOO_LARGE", "BRIDGE_BUSY", "ROUTE_REFUSED", "DENIED", "HOST_FAILED", "SESSION_ENDED", "PERMISSION_DENIED", "ENDPOINT_NOT_FOUND", "EXTENSION_UNAVAILABLE", "RATE_LIMITED", "EXTENSION_REFUSED", "EXTENSION_FAILED", "PLATFORM_UNAVAILABLE");

export type Tokens = Readonly<Record<string, string>>;
export const checkTokens: Check<Tokens> = /* @__PURE__ */ table(/* @__PURE__ */ text(200, 0, /^(?!.*url\()[^;{}<>\\]*$/), 400, /* @__PURE__ */ text(undefined, 0, /^--[a-z0-9-]{1,64}$/));

export type Theme = { readonly mode: "light" | "dark" | "contrast"; readonly tokens: Tokens; };
export const checkTheme: Check<Theme> = /* @__PURE__ */ record({ mode: /* @__PURE__ */ one("light", "dark", "contrast"), tokens: checkTokens }, ["mode","tokens"], false);

export type Context = { readonly extension: { readonly id: string; readonly publisher: string; readonly name: string; }; readonly version: string; readonly contentHash: string; readonly installId: string; readonly tenant: { readonly id: string; readonly name?: string | undefined; }; readonly user: { readonly id: string; readonly name?: string | undefined; readonly kind?: string | undefined; readonly role?: string | undefined; }; readonly permissions: readonly (string)[]; readonly locale: string; readonly theme: Theme; readonly path: Path; };
export const checkContext: Check<Context> = /* @__PURE__ */ record({ extension: /* @__PURE__ */ record({ id: /* @__PURE__ */ text(64), publisher: /* @__PURE__ */ text(128), name: /* @__PURE__ */ text(256) }, ["id","publisher","name"], false), version: /* @__PURE__ */ text(256), contentHash: /* @__PURE__ */ text(80), installId: /* @__PURE__ */ text(64), tenant: /* @__PURE__ */ record({ id: /* @__PURE__ */ text(64), name: /* @__PURE__ */ text(256) }, ["id"], false), user: /* @__PURE__ */ record({ id: /* @__PURE__ */ text(128), name: /* @__PURE__ */ text(256), kind: /* @__PURE__ */ text(32), role: /* @__PURE__ */ text(128) }, ["id"], false), permissions: /* @__PURE__ */ list(/* @__PURE__ */ text(64), 64), locale: /* @__PURE__ */ text(35, 2), theme: checkTheme, path: checkPath }, ["extension","version","contentHash","installId","tenant","user","permissions","locale","theme","path"], false);

export type Hello = { readonly annex: "bridge"; readonly kind: "hello"; readonly versions: readonly (number)[]; readonly nonce: string; };
export const checkHello: Check<Hello> = /* @__PURE__ */ record({ annex: /* @__PURE__ */ one("bridge"), kind: /* @__PURE__ */ one("hello"), versions: /* @__PURE__ */ list(/* @__PURE__ */ number(1, 99, true), 8), nonce: /* @__PURE__ */ text(64) }, ["annex","kind","versions","nonce"], true);

export type Welcome = { readonly annex: "bridge"; readonly kind: "welcome"; readonly version: number; };
export const checkWelcome: Check<Welcome> = /* @__PURE__ */ record({ annex: /* @__PURE__ */ one("bridge"), kind: /* @__PURE__ */ one("welcome"), version: /* @__PURE__ */ number(1, 99, true) }, ["annex","kind","version"], false);

export type Refused = { readonly annex: "bridge"; readonly kind: "refused"; readonly code: "HOST_REFUSED" | "PROTOCOL_MISMATCH"; };
export const checkRefused: Check<Refused> = /* @__PURE__ */ record({ annex: /* @__PURE__ */ one("bridge"), kind: /* @__PURE__ */ one("refused"), code: /* @__PURE__ */ one("HOST_REFUSED", "PROTOCOL_MISMATCH") }, ["annex","kind","code"], false);

export type Open = { readonly kind: "open"; readonly nonce: Nonce; };
export const checkOpen: Check<Open> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("open"), nonce: checkNonce }, ["kind","nonce"], true);

export type Call = { readonly kind: "call"; readonly id: number; readonly method: "api" | "token" | "confirm" | "openExternal" | "writeClipboard" | "readState" | "writeState"; readonly params: Readonly<Record<string, unknown>>; };
export const checkCall: Check<Call> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("call"), id: /* @__PURE__ */ number(1, 9007199254740991, true), method: /* @__PURE__ */ one("api", "token", "confirm", "openExternal", "writeClipboard", "readState", "writeState"), params: /* @__PURE__ */ table(anything) }, ["kind","id","method","params"], true);

export type Note = { readonly kind: "note"; readonly name: "navigate" | "resize" | "toast" | "guard"; readonly params: Readonly<Record<string, unknown>>; };
export const checkNote: Check<Note> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("note"), name: /* @__PURE__ */ one("navigate", "resize", "toast", "guard"), params: /* @__PURE__ */ table(anything) }, ["kind","name","params"], true);

export type Cancel = { readonly kind: "cancel"; readonly id: number; };
export const checkCancel: Check<Cancel> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("cancel"), id: /* @__PURE__ */ number(1, 9007199254740991, true) }, ["kind","id"], true);

export type Bye = { readonly kind: "bye"; };
export const checkBye: Check<Bye> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("bye") }, ["kind"], true);

export type GuestMessage = Open | Call | Note | Cancel | Bye;
export const checkGuestMessage: Check<GuestMessage> = /* @__PURE__ */ union("kind", { open: checkOpen, call: checkCall, note: checkNote, cancel: checkCancel, bye: checkBye });

export type ApiRequest = { readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"; readonly path: Path; readonly headers?: Readonly<Record<string, string>> | undefined; readonly body?: string | undefined; readonly encoding?: "text" | "base64" | undefined; readonly idempotencyKey?: string | undefined; };
export const checkApiRequest: Check<ApiRequest> = /* @__PURE__ */ record({ method: /* @__PURE__ */ one("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"), path: checkPath, headers: /* @__PURE__ */ table(/* @__PURE__ */ text(1024, 0, /^[\x20-\x7e]*$/), 8, /* @__PURE__ */ text(undefined, 0, /^(accept|accept-language|content-type|if-match|if-none-match|x-deadline-ms)$/)), body: /* @__PURE__ */ text(65536), encoding: /* @__PURE__ */ one("text", "base64"), idempotencyKey: /* @__PURE__ */ text(255, 1, /^[\x21-\x7e]*$/) }, ["method","path"], true);

export type NoParams = Readonly<Record<string, never>>;
export const checkNoParams: Check<NoParams> = /* @__PURE__ */ record({  }, [], true);

export type ConfirmParams = { readonly title: string; readonly body?: string | undefined; readonly verb?: string | undefined; readonly danger?: boolean | undefined; };
export const checkConfirmParams: Check<ConfirmParams> = /* @__PURE__ */ record({ title: /* @__PURE__ */ text(200, 1), body: /* @__PURE__ */ text(2000), verb: /* @__PURE__ */ text(40, 1), danger: flag }, ["title"], true);

export type OpenExternalParams = { readonly url: string; };
export const checkOpenExternalParams: Check<OpenExternalParams> = /* @__PURE__ */ record({ url: /* @__PURE__ */ text(2048, 1) }, ["url"], true);

export type WriteClipboardParams = { readonly text: string; };
export const checkWriteClipboardParams: Check<WriteClipboardParams> = /* @__PURE__ */ record({ text: /* @__PURE__ */ text(32768) }, ["text"], true);

export type WriteStateParams = { readonly text: string; };
export const checkWriteStateParams: Check<WriteStateParams> = /* @__PURE__ */ record({ text: /* @__PURE__ */ text(64000) }, ["text"], true);

export type NavigateParams = { readonly path: Path; readonly replace?: boolean | undefined; };
export const checkNavigateParams: Check<NavigateParams> = /* @__PURE__ */ record({ path: checkPath, replace: flag }, ["path"], true);

export type ResizeParams = { readonly height: number; };
export const checkResizeParams: Check<ResizeParams> = /* @__PURE__ */ record({ height: /* @__PURE__ */ number(0, 1000000, false) }, ["height"], true);

export type ToastParams = { readonly text: string; readonly tone?: "info" | "success" | "warning" | "error" | undefined; };
export const checkToastParams: Check<ToastParams> = /* @__PURE__ */ record({ text: /* @__PURE__ */ text(500, 1), tone: /* @__PURE__ */ one("info", "success", "warning", "error") }, ["text"], true);

export type GuardParams = { readonly isDirty: boolean; };
export const checkGuardParams: Check<GuardParams> = /* @__PURE__ */ record({ isDirty: flag }, ["isDirty"], true);

export type Start = { readonly kind: "start"; readonly context: Context; readonly features: readonly (string)[]; };
export const checkStart: Check<Start> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("start"), context: checkContext, features: /* @__PURE__ */ list(/* @__PURE__ */ text(64), 64) }, ["kind","context","features"], false);

export type Answer = { readonly kind: "answer"; readonly id: number; readonly value?: unknown | undefined; };
export const checkAnswer: Check<Answer> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("answer"), id: /* @__PURE__ */ number(1, 9007199254740991, true), value: anything }, ["kind","id"], false);

export type Part = { readonly kind: "part"; readonly id: number; readonly text: string; };
export const checkPart: Check<Part> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("part"), id: /* @__PURE__ */ number(1, 9007199254740991, true), text: /* @__PURE__ */ text(65536) }, ["kind","id","text"], false);

export type Refusal = { readonly kind: "refusal"; readonly id: number; readonly code: ErrorCode; readonly message?: string | undefined; };
export const checkRefusal: Check<Refusal> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("refusal"), id: /* @__PURE__ */ number(1, 9007199254740991, true), code: checkErrorCode, message: /* @__PURE__ */ text(1000) }, ["kind","id","code"], false);

export type Event = { readonly kind: "event"; readonly name: string; readonly value: unknown; };
export const checkEvent: Check<Event> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("event"), name: /* @__PURE__ */ text(64), value: anything }, ["kind","name","value"], false);

export type Close = { readonly kind: "close"; readonly reason?: string | undefined; };
export const checkClose: Check<Close> = /* @__PURE__ */ record({ kind: /* @__PURE__ */ one("close"), reason: /* @__PURE__ */ text(200) }, ["kind"], false);

export type HostMessage = Start | Answer | Part | Refusal | Event | Close;
export const checkHostMessage: Check<HostMessage> = /* @__PURE__ */ union("kind", { start: checkStart, answer: checkAnswer, part: checkPart, refusal: checkRefusal, event: checkEvent, close: checkClose });

export type ApiAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: string | undefined; readonly encoding?: "text" | "base64" | undefined; };
export const checkApiAnswer: Check<ApiAnswer> = /* @__PURE__ */ record({ status: /* @__PURE__ */ number(100, 599, true), headers: /* @__PURE__ */ table(/* @__PURE__ */ text(16384), 128), body: /* @__PURE__ */ text(), encoding: /* @__PURE__ */ one("text", "base64") }, ["status","headers"], false);

export type TokenAnswer = { readonly token: string; readonly expiresAt: string; };
export const checkTokenAnswer: Check<TokenAnswer> = /* @__PURE__ */ record({ token: /* @__PURE__ */ text(4096, 1), expiresAt: /* @__PURE__ */ text(64) }, ["token","expiresAt"], false);

export type V1Ready = { readonly alga: true; readonly version: "1"; readonly type: "ready"; };
export const checkV1Ready: Check<V1Ready> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("ready") }, ["alga","version","type"], false);

export type V1Resize = { readonly alga: true; readonly version: "1"; readonly type: "resize"; readonly payload: { readonly height: number; }; };
export const checkV1Resize: Check<V1Resize> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("resize"), payload: /* @__PURE__ */ record({ height: /* @__PURE__ */ number(0, 1000000, false) }, ["height"], false) }, ["alga","version","type","payload"], false);

export type V1Navigate = { readonly alga: true; readonly version: "1"; readonly type: "navigate"; readonly payload: { readonly path: string; }; };
export const checkV1Navigate: Check<V1Navigate> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("navigate"), payload: /* @__PURE__ */ record({ path: /* @__PURE__ */ text(4096, 1) }, ["path"], false) }, ["alga","version","type","payload"], false);

export type V1Proxy = { readonly alga: true; readonly version: "1"; readonly type: "apiproxy"; readonly request_id: string; readonly payload: { readonly route: string; readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined; readonly body?: string | undefined; }; };
export const checkV1Proxy: Check<V1Proxy> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("apiproxy"), request_id: /* @__PURE__ */ text(128, 1), payload: /* @__PURE__ */ record({ route: /* @__PURE__ */ text(4096, 1), method: /* @__PURE__ */ one("GET", "POST", "PUT", "PATCH", "DELETE"), body: /* @__PURE__ */ text(undefined, 0, /^[A-Za-z0-9+/]*={0,2}$/) }, ["route"], false) }, ["alga","version","type","request_id","payload"], false);

export type V1GuestMessage = V1Ready | V1Resize | V1Navigate | V1Proxy;
export const checkV1GuestMessage: Check<V1GuestMessage> = /* @__PURE__ */ union("type", { ready: checkV1Ready, resize: checkV1Resize, navigate: checkV1Navigate, apiproxy: checkV1Proxy });

export type V1Bootstrap = { readonly alga: true; readonly version: "1"; readonly type: "bootstrap"; readonly payload: { readonly session: { readonly token: string; readonly expires_at?: string | undefined; }; readonly theme_tokens?: Tokens | undefined; readonly navigation?: { readonly path: string; } | undefined; }; };
export const checkV1Bootstrap: Check<V1Bootstrap> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("bootstrap"), payload: /* @__PURE__ */ record({ session: /* @__PURE__ */ record({ token: /* @__PURE__ */ text(4096, 1), expires_at: /* @__PURE__ */ text(64) }, ["token"], false), theme_tokens: checkTokens, navigation: /* @__PURE__ */ record({ path: /* @__PURE__ */ text(4096) }, ["path"], false) }, ["session"], false) }, ["alga","version","type","payload"], false);

export type V1Theme = { readonly alga: true; readonly version: "1"; readonly type: "theme"; readonly payload: Tokens; };
export const checkV1Theme: Check<V1Theme> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("theme"), payload: checkTokens }, ["alga","version","type","payload"], false);

export type V1ProxyResponse = { readonly alga: true; readonly version: "1"; readonly type: "apiproxy_response"; readonly request_id: string; readonly payload: { readonly status?: number | undefined; readonly body?: string | undefined; readonly error?: string | undefined; readonly code?: string | undefined; }; };
export const checkV1ProxyResponse: Check<V1ProxyResponse> = /* @__PURE__ */ record({ alga: /* @__PURE__ */ one(true), version: /* @__PURE__ */ one("1"), type: /* @__PURE__ */ one("apiproxy_response"), request_id: /* @__PURE__ */ text(128, 1), payload: /* @__PURE__ */ record({ status: /* @__PURE__ */ number(100, 599, true), body: /* @__PURE__ */ text(), error: /* @__PURE__ */ text(1000), code: /* @__PURE__ */ text(64) }, [], false) }, ["alga","version","type","request_id","payload"], false);

export type V1HostMessage = V1Bootstrap | V1Theme | V1ProxyResponse;
export const checkV1HostMessage: Check<V1HostMessage> = /* @__PURE__ */ union("type", { bootstrap: checkV1Bootstrap, theme: checkV1Theme, apiproxy_response: checkV1ProxyResponse });
