/** Remembers answers by address and ETag, so that asking again costs a 304. Bounded; the oldest goes first. */

interface Known {
  readonly etag: string;
  readonly body: ArrayBuffer;
  readonly headers: Headers;
}

export class KnownAnswers {
  readonly #kept = new Map<string, Known>();
  readonly #most: number;

  constructor(most = 60) {
    this.#most = most;
  }

  etagOf(url: string): string | null {
    return this.#kept.get(url)?.etag ?? null;
  }

  /** Returns the answer that a 304 stands for, or the answer itself, which is then known. */
  async settle(url: string, response: Response): Promise<Response> {
    if (response.status === 304) {
      const known = this.#kept.get(url);
      return known === undefined
        ? response
        : new Response(known.body, { status: 200, headers: known.headers });
    }
    const etag = response.headers.get("etag");
    if (response.status !== 200 || etag === null) return response;
    const body = await response.clone().arrayBuffer();
    this.#kept.delete(url);
    this.#kept.set(url, { etag, body, headers: response.headers });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    return response;
  }

  forget(): void {
    this.#kept.clear();
  }
}
