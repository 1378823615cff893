import { AnnexError } from "../errors/annex-error.ts";
import type { CallOptions } from "./link.ts";

/** Give work a time limit and a signal; `stop` runs when either ends it. Nothing is left behind. */
export function settle<T>(
  { timeoutMs, signal }: CallOptions,
  work: (resolve: (value: T) => void, reject: (error: AnnexError) => void) => void,
  stop: () => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  let cancel: () => void;
  return new Promise<T>((resolve, reject) => {
    const end = (code: "TIMEOUT" | "CANCELLED", message: string) => {
      reject(new AnnexError(code, message));
      stop();
    };
    cancel = () => end("CANCELLED", "Cancelled.");
    timer = setTimeout(() => end("TIMEOUT", `No answer within ${timeoutMs} ms.`), timeoutMs);
    signal?.addEventListener("abort", cancel);
    work(resolve, reject);
    if (signal?.aborted) cancel();
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  });
}
