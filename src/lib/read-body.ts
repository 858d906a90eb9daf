/** Reads bodies with a bound: a sender may be hostile, endless or silent. */
import { concatBytes, decodeUtf8Strict } from "./bytes.ts";

/** A body as text, or why it could not be read. */
export type BodyResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too-large" | "not-utf8" | "broken" };

/** A body as bytes, or why it could not be read. */
export type BytesResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: "too-large" | "broken" };

/** A request or a response. */
export interface Message {
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** More than the platform lets through in one request on most plans; a longer body may see its connection break. */
const MAX_DISCARDED_BYTES = 128 * 1024 * 1024;
/** Longest time for reading a discarded body, in ms. */
const MAX_DISCARD_MS = 10_000;

/**
 * Reads and discards a body, up to 128 MiB and 10 s. A sender whose connection is closed while it is still sending sees a reset
 * connection and never the response that explains it, so a request's body is read to its end before it is refused.
 *
 * @param read what was read of it before
 * @param see gets each chunk of the whole body
 */
export async function discardBody(
  body: ReadableStream<Uint8Array>,
  read: readonly Uint8Array[] = [],
  see: (chunk: Uint8Array) => void = () => {},
): Promise<void> {
  for (const chunk of read) see(chunk);
  const reader = body.getReader();
  async function readAll(): Promise<void> {
    for (let left = MAX_DISCARDED_BYTES; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      see(value);
      // A chunk counts as 4 KiB at least, so that tiny ones do not make the loop long.
      left -= Math.max(4_096, value.byteLength);
    }
  }
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, MAX_DISCARD_MS);
  });
  // A sender that is gone needs no response.
  await Promise.race([readAll().catch(() => {}), limit]);
  clearTimeout(timer);
  await reader.cancel().catch(() => {});
}

/** Ends what is left of a body that is too large. @param read what was read of it and is not kept */
export type DisposeOf = (body: ReadableStream<Uint8Array>, read: readonly Uint8Array[]) => Promise<void>;

/** Cancels an unread body: for responses, whose sender waits for nothing. */
async function cancelBody(body: ReadableStream<Uint8Array>): Promise<void> {
  await body.cancel().catch(() => {});
}

/**
 * Reads a whole body as UTF-8 text, without the byte order mark that some senders begin with (RFC 8259, section 8.1). An
 * honest large body is refused before it is kept.
 *
 * @param maxBytes refused as soon as more has come, however it is sent
 * @param disposeOf ends what is left of a body that is too large; for requests {@link discardBody}
 * @param more called once for a body over `maxBytes`, with its declared length if it has one: returns the limit that applies
 *   then
 */
export async function readTextBody(
  message: Message,
  maxBytes: number,
  disposeOf: DisposeOf = cancelBody,
  more: (declared: number | null) => number = () => maxBytes,
): Promise<BodyResult> {
  const body = await readBytes(message, maxBytes, disposeOf, more);
  if (!body.ok) return body;
  const text = decodeUtf8Strict(body.bytes);
  return text === null ? { ok: false, reason: "not-utf8" } : { ok: true, text: text.replace(/^\uFEFF/, "") };
}

/** Reads a whole body; parameters as of {@link readTextBody}. */
export async function readBytes(
  message: Message,
  maxBytes: number,
  disposeOf: DisposeOf = cancelBody,
  more: (declared: number | null) => number = () => maxBytes,
): Promise<BytesResult> {
  const declared = message.headers.get("content-length");
  let limit = maxBytes;
  if (declared !== null && Number(declared) > limit) limit = more(Number(declared));
  if (declared !== null && Number(declared) > limit) {
    if (message.body) await disposeOf(message.body, []);
    return { ok: false, reason: "too-large" };
  }
  try {
    // Where the stream is not needed it is not even looked at: that makes one.
    const bytes = isBounded(message, declared)
      ? await readAtOnce(message, limit)
      : await readChunks(message.body, limit, disposeOf, limit > maxBytes ? () => limit : () => more(null));
    return bytes === null ? { ok: false, reason: "too-large" } : { ok: true, bytes };
  } catch {
    return { ok: false, reason: "broken" };
  }
}

/** HTTP lets no more through than was declared; but a small compressed body can become a large one. */
function isBounded({ headers }: Message, declared: string | null): boolean {
  return declared !== null && /^\d+$/.test(declared) && headers.get("content-encoding") === null;
}

/** One turn of the runtime in place of two or more. @returns null for more than `maxBytes` */
async function readAtOnce(message: Message, maxBytes: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(await message.arrayBuffer());
  return bytes.byteLength > maxBytes ? null : bytes;
}

/** @returns null as soon as there are more than `maxBytes` */
async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  disposeOf: DisposeOf,
  more: () => number,
): Promise<Uint8Array | null> {
  let limit = maxBytes;
  if (!body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) limit = limit === maxBytes ? more() : limit;
    if (size > limit) {
      reader.releaseLock();
      await disposeOf(body, [...chunks, value]);
      return null;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : concatBytes(...chunks);
}
