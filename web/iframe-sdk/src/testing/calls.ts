import type { HostRequest } from "../host/host-ports.ts";

/** One call of the extension's API, as a test looks at it. */
export interface MadeCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, text otherwise. */
  readonly body: unknown;
}

export class Calls {
  readonly #made: MadeCall[] = [];

  get length(): number {
    return this.#made.length;
  }

  all(): readonly MadeCall[] {
    return [...this.#made];
  }

  last(): MadeCall | undefined {
    return this.#made.at(-1);
  }

  /** Those to one route, spelled `GET /notes`. */
  to(route: string): readonly MadeCall[] {
    return this.#made.filter(({ method, path }) => `${method} ${path}` === route);
  }

  add({ method, path, headers, body }: HostRequest): MadeCall {
    const [bare = "", ...query] = path.split("?");
    const call = { method, path: bare, search: query.join("?"), headers, body: parsed(body, headers) };
    this.#made.push(call);
    return call;
  }
}

function parsed(body: string | undefined, headers: Readonly<Record<string, string>>): unknown {
  const isJson = headers["content-type"]?.includes("json") === true;
  return body === undefined || !isJson ? body : JSON.parse(body);
}
