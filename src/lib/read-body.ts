/** Reading bodies with a bound: whoever sends may be hostile, endless or silent. */
import { concatBytes, decodeUtf8Strict } from "./bytes.ts";

/** A body as text, or why it could not be read. */
export type BodyResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too-large" | "not-utf8" | "broken" };

/** A request or a response. */
export interface Message {
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Reads a whole body as UTF-8 text, without the byte order mark that some senders begin with (RFC 8259, section 8.1). An
 * honest large body is refused before it is read.
 *
 * @param maxBytes refused as soon as more has come, however it is sent
 */
export async function readTextBody(message: Message, maxBytes: number): Promise<BodyResult> {
  const declared = message.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) {
    await message.body?.cancel().catch(() => {});
    return { ok: false, reason: "too-large" };
  }
  let bytes: Uint8Array | null;
  try {
    // Where the stream is not needed it is not even looked at: that makes one.
    bytes = isBounded(message, declared)
      ? await readAtOnce(message, maxBytes)
      : await readChunks(message.body, maxBytes);
  } catch {
    return { ok: false, reason: "broken" };
  }
  if (bytes === null) return { ok: false, reason: "too-large" };
  const text = decodeUtf8Strict(bytes);
  return text === null ? { ok: false, reason: "not-utf8" } : { ok: true, text: text.replace(/^\uFEFF/, "") };
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
async function readChunks(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array | null> {
  if (!body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : concatBytes(...chunks);
}
