const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Standard base64 with padding (RFC 4648 section 4).
export function toBase64(bytes) {
  const groups = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const digits = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 0x3f]).join("");
    const missing = Math.max(0, at + 3 - bytes.length);
    groups.push(digits.slice(0, 4 - missing) + "=".repeat(missing));
  }
  return groups.join("");
}
