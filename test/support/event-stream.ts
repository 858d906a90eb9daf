/** Reads Server-Sent Events from a response body, block by block, comments included. Pure: for node and workerd. */

/** One block of the stream: an event, a comment, or the `retry` field. */
export interface Block {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
  readonly comment: string | null;
  readonly retry: string | null;
}

export class EventStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(body: ReadableStream<Uint8Array> | null) {
    if (!body) throw new Error("no body to read events from");
    this.#reader = body.getReader();
  }

  /** @returns the next block, or null at the end of the stream */
  async next(): Promise<Block | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return parseBlock(block);
      }
      const { done, value } = await this.#reader.read();
      if (done) {
        if (this.#text !== "") throw new Error(`the stream ended within a block: ${this.#text}`);
        return null;
      }
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** @returns all events until the stream ends; comments and `retry` are passed over */
  async rest(): Promise<Block[]> {
    const events: Block[] = [];
    for (let block = await this.next(); block !== null; block = await this.next()) {
      if (block.event !== null) events.push(block);
    }
    return events;
  }

  /** @returns the first block that fits. @throws if the stream ends before */
  async until(fits: (block: Block) => boolean): Promise<Block> {
    for (let block = await this.next(); block !== null; block = await this.next()) if (fits(block)) return block;
    throw new Error("the stream ended before what was waited for");
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parseBlock(text: string): Block {
  const fields = new Map(
    text.split("\n").map((line) => {
      const [, name = "", value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  const field = (name: string) => fields.get(name) ?? null;
  return { id: field("id"), event: field("event"), data: field("data"), comment: field(""), retry: field("retry") };
}
