/** A token bucket; the time of each message is handed in. */
export class MessageBudget {
  #tokens: number;
  #filledAt: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Take one message's worth at a moment in milliseconds; false when there is none. */
  take(now: number): boolean {
    const gained = Math.max(0, ((now - this.#filledAt) / 1000) * this.perSecond);
    this.#tokens = Math.min(this.burst, this.#tokens + gained);
    this.#filledAt = Math.max(this.#filledAt, now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
