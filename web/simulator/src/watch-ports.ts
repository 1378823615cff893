/** `in` is from the extension's page to the host, `out` the other way. */
export interface Passed {
  readonly way: "in" | "out";
  readonly message: unknown;
}

/**
 * Hear what passes over the ports that this page makes from now on.
 *
 * The bridge itself reports no contents, and must not: this page is the developer's own, on their own machine,
 * and shows them what their own extension says.
 */
export function watchPorts(heard: (passed: Passed) => void): void {
  const Plain = window.MessageChannel;
  window.MessageChannel = class extends Plain {
    constructor() {
      super();
      const port = this.port1;
      const send = port.postMessage.bind(port);
      port.postMessage = (message: unknown, options?: Transferable[] | StructuredSerializeOptions) => {
        heard({ way: "out", message });
        if (Array.isArray(options)) send(message, options);
        else send(message, options);
      };
      port.addEventListener("message", (event) => heard({ way: "in", message: event.data }));
    }
  };
}
