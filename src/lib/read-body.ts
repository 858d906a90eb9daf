/** Reading bodies with a bound: whoever sends may be hostile, endless or silent. */
import { concatBytes, decodeUtf8Strict } from "./bytes.ts";

export type BodyResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too-large" | "not-utf8" | "broken" };

/**
 * Reads a whole body as UTF-8 text, without the byte order mark that some senders begin with (RFC 8259, section 8.1).
 *
 * @param declaredLength the `Content-Length` header: an honest large body is refused before it is read
 * @param maxBytes refused as soon as more has come, however it is sent
 */
export async function readTextBody(
  body: ReadableStream<Uint8Array> | null,
  declaredLength: string | null,
  maxBytes: number,
): Promise<BodyResult> {
  if (declaredLength !== null && Number(declaredLength) > maxBytes) {
    await body?.cancel().catch(() => {});
    return { ok: false, reason: "too-large" };
  }
  if (!body) return { ok: true, text: "" };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) {
        await reader.cancel().catch(() => {});
        return { ok: false, reason: "too-large" };
      }
      chunks.push(value);
    }
  } catch {
    return { ok: false, reason: "broken" };
  }
  const [only] = chunks;
  const text = decodeUtf8Strict(chunks.length === 1 && only ? only : concatBytes(...chunks));
  return text === null ? { ok: false, reason: "not-utf8" } : { ok: true, text: text.replace(/^\uFEFF/, "") };
}
