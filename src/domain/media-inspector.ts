/**
 * Judges a media file as it streams by: what it is, and whether it is a whole media file at all. Holds the first
 * `HEAD_BYTES` and a few counters, whatever the size of the file.
 */

import type { StructureWalker } from "./media-structure.ts";
import { createBoxWalker, createJpegWalker, createPngWalker, createRiffWalker } from "./media-structure.ts";
import { HEAD_BYTES, identify, looksLikeText, safeContentType } from "./media-type.ts";

export { safeContentType } from "./media-type.ts";

/**
 * Why a file is not stored: no bytes at all; markup, text or an API's answer instead of media; cut short; or (only
 * with `recognisedOnly`) none of the known formats.
 */
export type MediaFault = "empty" | "text" | "truncated" | "unrecognised";

/** Whether a file is whole, and its true Content-Type; or what is wrong with it. */
export type MediaVerdict = { ok: true; contentType: string } | { ok: false; reason: MediaFault };

/** What is known of a file before its content. */
export interface MediaInspectorLimits {
  /** The Content-Type the file came with. It names what content alone does not; it never outweighs clear content. */
  declaredType: string | null;
  /** Refuse content that is not one of the known formats. Default false: unknown binary content is accepted. */
  recognisedOnly?: boolean;
}

/** Inspects one file while its bytes pass. */
export interface MediaInspector {
  /**
   * Take the next chunk (not kept: its buffer may be reused after the call).
   *
   * @returns a fault as soon as one is certain, else null
   */
  push(chunk: Uint8Array): MediaFault | null;
  /** The safe content type once the beginning of the file has told it, else null. It does not change any more. */
  contentType(): string | null;
  /** Call at the end of the file. */
  finish(): MediaVerdict;
}

function walkerFor(contentType: string, head: Uint8Array): StructureWalker | null {
  if (contentType === "image/png") return createPngWalker();
  if (contentType === "image/jpeg") return createJpegWalker();
  if (contentType === "image/webp") return createRiffWalker(["VP8 ", "VP8L", "VP8X"]);
  if (contentType === "audio/wav") return createRiffWalker(["fmt "]);
  const isBoxes = String.fromCharCode(...head.subarray(4, 8)) === "ftyp";
  return isBoxes ? createBoxWalker() : null;
}

/**
 * A streaming inspector for one file.
 *
 * Content is told by magic bytes; a clear signature outweighs the declared type, in both directions. Unknown binary
 * content keeps a declared image, video or audio type, else it is `application/octet-stream`. Truncation is claimed
 * only beyond doubt (see media-structure.ts).
 */
export function createMediaInspector(limits: MediaInspectorLimits): MediaInspector {
  const head = new Uint8Array(HEAD_BYTES);
  let held = 0;
  let type: string | null = null;
  let walker: StructureWalker | null = null;
  let fault: MediaFault | null = null;

  /** Once, when the head is complete: by then everything that is ever known about the type is known. */
  function decide(): void {
    const start = head.subarray(0, held);
    const declared = safeContentType(limits.declaredType);
    const found = identify(start);
    const trusted =
      found !== null && (!found.weak || declared === "application/octet-stream" || declared.startsWith("audio/"));
    if (trusted) {
      type = found.contentType;
      walker = walkerFor(type, start);
      walker?.push(start);
    } else if (looksLikeText(start, limits.declaredType)) {
      fault = "text";
    } else if (limits.recognisedOnly === true) {
      fault = "unrecognised";
    } else {
      type = declared;
    }
  }

  return {
    push(chunk) {
      if (fault !== null) return fault;
      if (type !== null) {
        walker?.push(chunk);
        return null;
      }
      const taken = chunk.subarray(0, HEAD_BYTES - held);
      head.set(taken, held);
      held += taken.length;
      if (held === HEAD_BYTES) {
        decide();
        walker?.push(chunk.subarray(taken.length));
      }
      return fault;
    },
    contentType: () => type,
    finish() {
      if (held === 0) return { ok: false, reason: "empty" };
      if (type === null && fault === null) decide();
      if (fault === null && walker?.cut()) fault = "truncated";
      if (fault !== null || type === null) return { ok: false, reason: fault ?? "unrecognised" };
      return { ok: true, contentType: type };
    },
  };
}
