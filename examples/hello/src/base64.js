// As many bytes as a function call takes arguments everywhere, in whole groups of three.
const BYTES_PER_PIECE = 3 * 1024;

// Standard base64 with padding (RFC 4648 section 4).
export function toBase64(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_PIECE) {
    pieces.push(btoa(String.fromCharCode.apply(undefined, bytes.subarray(at, at + BYTES_PER_PIECE))));
  }
  return pieces.join("");
}
