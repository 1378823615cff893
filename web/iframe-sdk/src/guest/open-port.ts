import { AnnexError } from "../errors/annex-error.ts";
import type { Host } from "./host.ts";
import { type MadeHost, makeHost } from "./make-host.ts";
import { PortLink } from "./port-link.ts";

/** Open the port a host handed over; settles within the time, with the host or with an error. */
export function openPort(port: MessagePort, nonce: string, timeoutMs: number): Promise<Host> {
  return new Promise((resolve, reject) => {
    let made: MadeHost | undefined;
    const refuse = (reason: string) => {
      clearTimeout(timer);
      reject(new AnnexError("HOST_REFUSED", reason));
    };
    const timer = setTimeout(() => {
      reject(new AnnexError("HOST_UNREACHABLE", "The host handed over a port and said nothing on it."));
      link.close();
    }, timeoutMs);
    const link: PortLink = new PortLink(port, nonce, {
      start: ({ context, features }) => {
        if (made) return;
        clearTimeout(timer);
        made = makeHost(link, 2, features, context);
        resolve(made.host);
      },
      event: (name, value) => made?.tell(name, value),
      end: (reason) => (made ? made.tell("disconnect", reason) : refuse(reason)),
    });
  });
}
