/** SHA-256 (FIPS 180-4) in parts: the browser's own takes a file only as a whole. */

const ROUND = Uint32Array.from(fractionsOf(64, 3));
const BLOCK = 64;

export class Sha256 {
  readonly #state = Uint32Array.from(fractionsOf(8, 2));
  readonly #words = new Uint32Array(64);
  readonly #rest = new Uint8Array(BLOCK);
  #resting = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#resting > 0) {
      at = Math.min(BLOCK - this.#resting, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#resting);
      this.#resting += at;
      if (this.#resting < BLOCK) return;
      this.#block(new DataView(this.#rest.buffer), 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#block(view, at);
    this.#rest.set(bytes.subarray(at));
    this.#resting = bytes.length - at;
  }

  /** Ends the message; nothing may be added after that. */
  hex(): string {
    const bits = this.#length * 8;
    const zeros = (BLOCK * 2 - 9 - this.#resting) % BLOCK;
    const end = new Uint8Array(1 + zeros + 8);
    const view = new DataView(end.buffer);
    end[0] = 0x80;
    view.setUint32(1 + zeros, Math.floor(bits / 2 ** 32));
    view.setUint32(5 + zeros, bits % 2 ** 32);
    this.update(end);
    return [...this.#state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  #block(view: DataView, at: number): void {
    const words = this.#words;
    for (let word = 0; word < 16; word += 1) words[word] = view.getUint32(at + word * 4);
    for (let word = 16; word < 64; word += 1) {
      const [two, fifteen] = [words[word - 2] ?? 0, words[word - 15] ?? 0];
      const small0 = turned(fifteen, 7) ^ turned(fifteen, 18) ^ (fifteen >>> 3);
      const small1 = turned(two, 17) ^ turned(two, 19) ^ (two >>> 10);
      words[word] = (words[word - 16] ?? 0) + small0 + (words[word - 7] ?? 0) + small1;
    }
    this.#mix(words);
  }

  #mix(words: Uint32Array): void {
    const state = this.#state;
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let round = 0; round < 64; round += 1) {
      const large1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + large1 + ((e & f) ^ (~e & g)) + (ROUND[round] ?? 0) + (words[round] ?? 0)) | 0;
      const large0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] ?? 0) + word;
  }
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractional parts of the square (2) or cube (3) roots of the first primes. */
function fractionsOf(count: number, root: 2 | 3): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes.map((prime) => (prime ** (1 / root) % 1) * 2 ** 32);
}
