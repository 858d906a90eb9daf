/** Long responses as a file: written piece by piece, so that none is ever whole in memory. */
import type { AppContext } from "../../context.ts";
import { attachment } from "../../lib/content-disposition.ts";

/**
 * Streams texts as one file. If `texts` throws, the transfer breaks off, so that a part cannot be mistaken for the whole.
 *
 * @param name the file's name for a download
 */
export function respondFile(
  c: AppContext,
  { name, contentType }: { readonly name: string; readonly contentType: string },
  texts: AsyncGenerator<string, void, undefined>,
): Response {
  return c.body(streamTexts(texts), 200, {
    "content-type": contentType,
    "content-disposition": attachment(name, "export"),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
}

/** Returns texts as a stream of UTF-8, which fails if `texts` throws. */
export function streamTexts(texts: AsyncGenerator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return();
    },
  });
}
