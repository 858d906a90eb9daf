/** Bodies and responses that behave, or do not, for tests in workerd. */
import { pieces } from "./media.ts";

/** What a stream does after its last chunk. */
type Ending = "close" | "error" | "hang";

/** A stream of chunks that then ends, fails, or falls silent. `cancelled` tells whether its reader gave it up. */
export function stream(chunks: Uint8Array[], ending: Ending = "close") {
  const left = [...chunks];
  const state = { cancelled: false, sent: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) {
        state.sent += chunk.length;
        controller.enqueue(chunk);
      } else if (ending === "close") controller.close();
      else if (ending === "error") controller.error(new Error("Network connection lost."));
      else return new Promise<void>(() => {});
      return;
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

/** A stream that never ends: `head`, then the same chunk again and again. */
export function endless(chunk: Uint8Array, head = chunk) {
  const state = { cancelled: false, sent: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = state.sent === 0 ? head : chunk;
      state.sent += piece.length;
      controller.enqueue(piece);
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

/** A response with a declared length (which may be a lie). */
export function declared(data: Uint8Array, length = data.length, headers: Record<string, string> = {}): Response {
  return new Response(stream(pieces(data, 1_000)).body, {
    headers: { "Content-Length": String(length), "Content-Type": "image/png", ...headers },
  });
}

/** A response without a length. */
export function chunked(data: Uint8Array, headers: Record<string, string> = {}): Response {
  return new Response(stream(pieces(data, 70_000)).body, { headers: { "Content-Type": "image/png", ...headers } });
}

/** The bytes of a stream, or the error it broke off with. */
export async function outcomeOf(response: Response): Promise<Uint8Array | Error> {
  try {
    return await response.bytes();
  } catch (error) {
    return error as Error;
  }
}

/** Compares natively: vitest takes seconds for a few MB. */
export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array): boolean {
  return actual?.length === expected.length && crypto.subtle.timingSafeEqual(actual, expected);
}
