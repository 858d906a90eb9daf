/** Parses Server-Sent Events (WHATWG HTML standard, section 9.2.6). */

/** One event of a stream. */
export interface ServerEvent {
  /** Type of the event; `message` by default. */
  readonly event: string;
  readonly data: string;
  /** The latest id in the stream up to this event; "" if there is none. */
  readonly id: string;
}

/** Turns the text of an event stream, in pieces of any size, into events. */
export class EventParser {
  #text = "";
  #started = false;
  #event = "";
  #data: string[] = [];
  #id = "";
  /** Reconnection time in ms from the stream; null until it has sent one. */
  retryMs: number | null = null;

  /** Adds the next piece of the stream. @returns the events that it completes */
  push(piece: string): ServerEvent[] {
    this.#text += piece;
    if (!this.#started && this.#text !== "") {
      this.#started = true;
      if (this.#text.startsWith("\uFEFF")) this.#text = this.#text.slice(1);
    }
    const events: ServerEvent[] = [];
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.#text);
      // A CR at the very end may be the first half of CRLF.
      if (!end || (end[0] === "\r" && end.index === this.#text.length - 1)) return events;
      const line = this.#text.slice(0, end.index);
      this.#text = this.#text.slice(end.index + end[0].length);
      const event = this.#line(line);
      if (event) events.push(event);
    }
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #dispatch(): ServerEvent | null {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const empty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    return empty ? null : event;
  }
}
