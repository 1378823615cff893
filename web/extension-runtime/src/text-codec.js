// TextEncoder and TextDecoder for UTF-8, which the guest's JavaScript engine does not have. They follow the
// WHATWG Encoding Standard: a lone surrogate is encoded as U+FFFD, and every maximal invalid run of bytes is
// decoded to one U+FFFD. Only whole inputs are decoded; there is no streaming.
//
// A loop over bytes costs the interpreter seconds for a mebibyte, so native functions do the work: `escape` and
// `decodeURIComponent` decode UTF-8 between them and refuse what is none, `encodeURIComponent` and `unescape` encode
// it. Blocks keep the texts in between small, and confine the loop to blocks with malformed bytes.
import { isAscii, ofBinaryText, toBinaryText } from "./binary-text.js";

const REPLACEMENT = 0xfffd;
const BYTES_PER_BLOCK = 16_384;
const UNITS_PER_BLOCK = 16_384;

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    const source = String(text).toWellFormed();
    if (source.length <= UNITS_PER_BLOCK) {
      return encodeBlock(source);
    }
    const blocks = [];
    for (let at = 0; at < source.length; ) {
      const end = textBoundary(source, at + UNITS_PER_BLOCK);
      blocks.push(encodeBlock(source.slice(at, end)));
      at = end;
    }
    return joined(blocks);
  }
}

// A pair of surrogates stays together.
function textBoundary(text, at) {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

function encodeBlock(text) {
  const bytes = ofBinaryText(text);
  return bytes !== undefined && isAscii(bytes) ? bytes : ofBinaryText(unescape(encodeURIComponent(text)));
}

function joined(blocks) {
  const bytes = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
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
    const blocks = [];
    for (let at = hasMark(bytes) && !this.#keepsMark ? 3 : 0; at < bytes.length; ) {
      const end = byteBoundary(bytes, at + BYTES_PER_BLOCK);
      blocks.push(this.#decodeBlock(bytes.subarray(at, end)));
      at = end;
    }
    return blocks.join("");
  }

  #decodeBlock(bytes) {
    const binary = toBinaryText(bytes);
    if (isAscii(bytes)) {
      return binary;
    }
    try {
      return decodeURIComponent(escape(binary));
    } catch (error) {
      if (!(error instanceof URIError)) {
        throw error;
      }
    }
    if (this.#fatal) {
      throw new TypeError("The bytes are not UTF-8.");
    }
    return decodeMalformed(bytes);
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

// No sequence, whole or broken off, reaches over the place this returns: a sequence goes on with at most three
// continuation bytes, so before any other byte one ends, and before a fourth continuation too.
function byteBoundary(bytes, at) {
  for (let back = 0; back <= 3; back += 1) {
    if ((bytes[at - back] & 0xc0) !== 0x80) {
      return at - back;
    }
  }
  return at;
}

function decodeMalformed(bytes) {
  // A unit for every byte is enough: each byte ends at most one point, four of them a pair.
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at++];
    if (lead < 0x80) {
      units[length++] = lead;
      continue;
    }
    let needed = continuationsAfter(lead);
    let point = needed === 0 ? REPLACEMENT : lead & (0x3f >> needed);
    // The second byte is where overlong forms, surrogates and points past U+10FFFF are told apart.
    let lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    let highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (; needed > 0; needed -= 1) {
      const byte = bytes[at];
      // Past the end it is undefined, which is in no range.
      if (!(byte >= lowest && byte <= highest)) {
        point = REPLACEMENT;
        break;
      }
      point = (point << 6) | (byte & 0x3f);
      at += 1;
      lowest = 0x80;
      highest = 0xbf;
    }
    if (point >= 0x10000) {
      units[length++] = 0xd7c0 + (point >> 10);
      point = 0xdc00 + (point & 0x3ff);
    }
    units[length++] = point;
  }
  return unitsText(units.subarray(0, length));
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

// In pieces, because a call takes only so many arguments.
function unitsText(units) {
  const pieces = [];
  for (let at = 0; at < units.length; at += 4096) {
    pieces.push(String.fromCharCode.apply(undefined, units.subarray(at, at + 4096)));
  }
  return pieces.join("");
}
