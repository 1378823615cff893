/** Time as the host sees it; tests hand in their own. */
export interface HostClock {
  now(): number;
  /** Run something later; the answer takes it back. */
  after(ms: number, act: () => void): () => void;
}
