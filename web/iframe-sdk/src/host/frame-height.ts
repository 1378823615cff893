import { LIMITS } from "../contract/limits.ts";

/** Say at most once a frame how high the page wants to be, within the limits. */
export class FrameHeight {
  #wanted: number | undefined;
  #shown: number | undefined;

  constructor(
    private readonly show: (height: number) => void,
    private readonly nextFrame: (act: () => void) => void,
  ) {}

  want(height: number): void {
    const isWaiting = this.#wanted !== undefined;
    this.#wanted = Math.min(LIMITS.mostHeight, Math.max(LIMITS.leastHeight, Math.ceil(height)));
    if (!isWaiting) this.nextFrame(() => this.#apply());
  }

  #apply(): void {
    const height = this.#wanted;
    this.#wanted = undefined;
    if (height === undefined || height === this.#shown) return;
    this.#shown = height;
    this.show(height);
  }
}
