// TextEncoder and TextDecoder for UTF-8, which the guest's JavaScript engine does not have. They follow the
// WHATWG Encoding Standard: a lone surrogate is encoded as U+FFFD, and every maximal invalid run of bytes is
// decoded to one U+FFFD. Only whole inputs are decoded; there is no streaming.

const REPLACEMENT = 0xfffd;
// The marker bits of a first byte, by how many bytes follow it.
const LEADS = [0, 0xc0, 0xe0, 0xf0];
const UNITS_PER_STRING = 4096;

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    const source = String(text);
    // A UTF-16 unit takes at most three bytes: a pair of them makes four.
    const bytes = new Uint8Array(source.length * 3);
    let length = 0;
    // A string iterates by code point; what is left in the surrogate range stands alone.
    for (const character of source) {
      const point = character.codePointAt(0);
      length = writeUtf8(bytes, length, point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point);
    }
    return bytes.slice(0, length);
  }
}

// Returns the position after the code point.
function writeUtf8(bytes, at, point) {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  const extra = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  bytes[at] = LEADS[extra] | (point >> (6 * extra));
  for (let left = extra - 1; left >= 0; left -= 1) {
    bytes[at + extra - left] = 0x80 | ((point >> (6 * left)) & 0x3f);
  }
  return at + extra + 1;
}

export class TextDecoder {
  #fatal;
  #keepsMark;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    const name = String(label).trim().toLowerCase();
    if (name !== "utf-8" && name !== "utf8") {
      throw new RangeError(`Only UTF-8 can be decoded, not "${name}".`);
    }
    this.#fatal = Boolean(fatal);
    this.#keepsMark = Boolean(ignoreBOM);
  }

  get encoding() {
    return "utf-8";
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#keepsMark;
  }

  decode(input = new Uint8Array()) {
    const bytes = toBytes(input);
    const text = new CodeUnits();
    let at = hasMark(bytes) && !this.#keepsMark ? 3 : 0;
    while (at < bytes.length) {
      const { point, length } = pointAt(bytes, at);
      if (point === undefined && this.#fatal) {
        throw new TypeError("The bytes are not UTF-8.");
      }
      text.push(point ?? REPLACEMENT);
      at += length;
    }
    return text.toString();
  }
}

function toBytes(input) {
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  return new Uint8Array(input);
}

function hasMark(bytes) {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

// One code point, or no point and the length of the longest run that could have begun one.
function pointAt(bytes, at) {
  const lead = bytes[at];
  if (lead < 0x80) {
    return { point: lead, length: 1 };
  }
  const needed = continuationsAfter(lead);
  if (needed === 0) {
    return { point: undefined, length: 1 };
  }
  let point = lead & (0x3f >> needed);
  for (let seen = 1; seen <= needed; seen += 1) {
    const byte = bytes[at + seen];
    const [lowest, highest] = seen === 1 ? secondByteRange(lead) : [0x80, 0xbf];
    if (byte === undefined || byte < lowest || byte > highest) {
      return { point: undefined, length: seen };
    }
    point = (point << 6) | (byte & 0x3f);
  }
  return { point, length: needed + 1 };
}

function continuationsAfter(lead) {
  if (lead >= 0xc2 && lead <= 0xdf) {
    return 1;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    return 2;
  }
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

// The second byte is where overlong forms, surrogates and points past U+10FFFF are told apart.
function secondByteRange(lead) {
  switch (lead) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}

// Collects UTF-16 in pieces, because a call takes only so many arguments.
class CodeUnits {
  #pieces = [];
  #units = [];

  push(point) {
    if (point < 0x10000) {
      this.#units.push(point);
    } else {
      this.#units.push(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
    }
    if (this.#units.length >= UNITS_PER_STRING) {
      this.#flush();
    }
  }

  #flush() {
    this.#pieces.push(String.fromCharCode(...this.#units));
    this.#units = [];
  }

  toString() {
    this.#flush();
    return this.#pieces.join("");
  }
}
