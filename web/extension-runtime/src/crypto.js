// The part of Web Crypto that needs nothing but entropy, and Math.random, over `randomBytes(count)`.

const LARGEST_REQUEST = 65536;
const TWO_TO_THE_53 = 2 ** 53;

export function cryptoOver(randomBytes) {
  return {
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || array instanceof DataView || /^Float/.test(array.constructor.name)) {
        throw new TypeError("getRandomValues fills an array of integers.");
      }
      if (array.byteLength > LARGEST_REQUEST) {
        throw new RangeError(`getRandomValues gives at most ${LARGEST_REQUEST} bytes at once.`);
      }
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      bytes.set(randomBytes(bytes.length));
      return array;
    },
    randomUUID() {
      const bytes = Uint8Array.from(randomBytes(16));
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return [8, 12, 16, 20, 32].map((end, at, ends) => hex.slice(at === 0 ? 0 : ends[at - 1], end)).join("-");
    },
  };
}

// The engine's own generator is seeded when the component is built: every fresh instance would give the same
// numbers. This one is seeded by the machine in each instance, at first use (xoshiro128**).
export function randomOver(randomBytes) {
  let state;
  const seeded = () => {
    const seed = new DataView(Uint8Array.from(randomBytes(16)).buffer);
    return [0, 4, 8, 12].map((at) => seed.getUint32(at));
  };
  const next = () => {
    state ??= seeded();
    const result = Math.imul(rotated(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotated(state[3], 11);
    return result;
  };
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / TWO_TO_THE_53;
}

function rotated(value, by) {
  return (value << by) | (value >>> (32 - by));
}
