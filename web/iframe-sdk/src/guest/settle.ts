import { AnnexError } from "../errors/annex-error.ts";
import type { CallOptions } from "./link.ts";

/** Give work a time limit and a signal; `stop` runs when either ends it. Nothing is left behind. */
export function settle<T>(
  { timeoutMs, signal }: CallOptions,
  work: (resolve: (value: T) => void, reject: (error: AnnexError) => void) => void,
  stop: () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (code: "TIMEOUT" | "CANCELLED", message: string) => {
      done();
      reject(new AnnexError(code, message));
      stop();
    };
    const cancel = () => end("CANCELLED", "The call was cancelled.");
    const timer = setTimeout(() => end("TIMEOUT", `No answer within ${timeoutMs} ms.`), timeoutMs);
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    };
    work(
      (value) => {
        done();
        resolve(value);
      },
      (error) => {
        done();
        reject(error);
      },
    );
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel);
  });
}
