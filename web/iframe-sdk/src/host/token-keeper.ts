export interface IssuedToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

const RENEWED_AT = 0.8;

/** Hands out one token until 80 % of its life are over, then asks for another; once for all who wait. */
export class TokenKeeper {
  #kept: { readonly issued: IssuedToken; readonly until: number; readonly end: number } | undefined;
  #asking: Promise<IssuedToken> | undefined;

  constructor(
    private readonly issue: () => Promise<IssuedToken>,
    private readonly now: () => number,
  ) {}

  async current(): Promise<IssuedToken> {
    const kept = this.#kept;
    if (kept && this.now() < kept.until) return kept.issued;
    try {
      return await this.#ask();
    } catch (error) {
      // The old one still opens doors; whoever issues them may be back before it ends.
      if (kept && this.now() < kept.end) return kept.issued;
      throw error;
    }
  }

  /** Ask for another next time: this one was refused. */
  forget(): void {
    this.#kept = undefined;
  }

  /** How long the kept token may still be handed out, in milliseconds. */
  get freshForMs(): number {
    return this.#kept ? Math.max(0, this.#kept.until - this.now()) : 0;
  }

  #ask(): Promise<IssuedToken> {
    this.#asking ??= this.#issued().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #issued(): Promise<IssuedToken> {
    const from = this.now();
    const issued = await this.issue();
    const end = Date.parse(issued.expiresAt);
    this.#kept = { issued, until: from + Math.max(0, end - from) * RENEWED_AT, end };
    return issued;
  }
}
