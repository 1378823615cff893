// Bytes as a text of one UTF-16 unit for each, and back. The engine's own base64 does it in native code, ten times
// as fast as a loop of the interpreter; an engine without it gets the loop.

const UNITS_PER_CALL = 4096;
const HAS_BASE64 = typeof Uint8Array.fromBase64 === "function" && typeof Uint8Array.prototype.toBase64 === "function";

export const toBinaryText = HAS_BASE64 ? (bytes) => atob(bytes.toBase64()) : toBinaryTextByUnits;
export const ofBinaryText = HAS_BASE64 ? ofBinaryTextByBase64 : ofBinaryTextByUnits;

export function toBinaryTextByUnits(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += UNITS_PER_CALL) {
    pieces.push(String.fromCharCode.apply(undefined, bytes.subarray(at, at + UNITS_PER_CALL)));
  }
  return pieces.join("");
}

// Undefined for a text with units above 255.
function ofBinaryTextByBase64(text) {
  let digits;
  try {
    digits = btoa(text);
  } catch {
    return undefined;
  }
  return Uint8Array.fromBase64(digits);
}

export function ofBinaryTextByUnits(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0xff) {
      return undefined;
    }
    bytes[at] = unit;
  }
  return bytes;
}

// Eight times four bytes a turn: a turn of the loop costs the interpreter as much as the reads in it.
export function isAscii(bytes) {
  const start = Math.min(bytes.length, -bytes.byteOffset & 3);
  const turns = (bytes.length - start) >> 5;
  let seen = 0;
  if (turns > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, turns * 8);
    for (let at = 0; at < words.length; at += 8) {
      seen |=
        words[at] | words[at + 1] | words[at + 2] | words[at + 3] |
        words[at + 4] | words[at + 5] | words[at + 6] | words[at + 7];
    }
  }
  for (let at = 0; at < start; at += 1) {
    seen |= bytes[at];
  }
  for (let at = start + turns * 32; at < bytes.length; at += 1) {
    seen |= bytes[at];
  }
  return (seen & 0x80808080) === 0;
}
