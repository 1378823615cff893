/** Reads server-sent events out of text that comes in pieces of any size. */

export interface SseEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** What one line may hold before it is no line of ours; the rest of it is dropped. */
const LONGEST_LINE = 1_000_000;

export class SseParser {
  #rest = "";
  #id: string | null = null;
  #event = "";
  #data: string[] = [];
  #isOverlong = false;
  #hasPendingReturn = false;

  /** Returns the events that this piece completes. Comments, heartbeats among them, complete none. */
  push(piece: string): SseEvent[] {
    const found: SseEvent[] = [];
    let text = this.#rest + piece;
    if (this.#hasPendingReturn && text.startsWith("\n")) text = text.slice(1);
    this.#hasPendingReturn = false;
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text.charCodeAt(at);
      if (character !== 10 && character !== 13) continue;
      this.#line(text.slice(start, at), found);
      if (character === 13) {
        // A return at the very end may be half of a pair.
        if (at + 1 === text.length) this.#hasPendingReturn = true;
        else if (text.charCodeAt(at + 1) === 10) at += 1;
      }
      start = at + 1;
    }
    this.#keep(text.slice(start));
    return found;
  }

  #keep(rest: string): void {
    this.#isOverlong ||= rest.length > LONGEST_LINE;
    this.#rest = this.#isOverlong ? "" : rest;
  }

  #line(line: string, found: SseEvent[]): void {
    if (this.#isOverlong) {
      this.#isOverlong = false;
      return;
    }
    if (line === "") {
      this.#dispatch(found);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    this.#field(name, value);
  }

  #field(name: string, value: string): void {
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch(found: SseEvent[]): void {
    if (this.#data.length > 0) {
      found.push({ id: this.#id, event: this.#event || "message", data: this.#data.join("\n") });
    }
    this.#event = "";
    this.#data = [];
  }
}
