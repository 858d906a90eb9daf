/**
 * Inspects a media file as it streams: its type, and whether it is a whole media file. Holds the first `HEAD_BYTES` (up
 * to `MAX_HEAD_BYTES` if they do not determine the type) and a few counters, whatever the file's size.
 */
import { endOfId3 } from "./audio-frames.ts";
import { isCompressedContent } from "./compressed-content.ts";
import {
  createAdtsWalker,
  createFlacWalker,
  createGifWalker,
  createMatroskaWalker,
  createOggWalker,
  mp3Bytes,
} from "./media-cuts.ts";
import {
  auBytes,
  bmpBytes,
  createAiffWalker,
  createAsfWalker,
  createAviWalker,
  createCafWalker,
  createFlvWalker,
  createLengthWalker,
  createTransportWalker,
  createWave64Walker,
  createWavWalker,
} from "./media-lengths.ts";
import { HEAD_BYTES, identify, isBoxFile, isOtherContent, MAX_HEAD_BYTES } from "./media-signature.ts";
import type { StructureWalker } from "./media-structure.ts";
import { createBoxWalker, createJpegWalker, createPngWalker, createWebpWalker } from "./media-structure.ts";
import { looksLikeText, safeContentType } from "./media-type.ts";
import { tiffBytes } from "./tiff-length.ts";

/**
 * Why a file is not stored: no bytes at all; markup, text or an API's response instead of media; cut short; or (only
 * with `recognisedOnly`) none of the known formats; or certainly no media, such as compressed data.
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
  /**
   * The safe content type once the beginning of the file has determined it, otherwise null. It does not change
   * afterwards.
   */
  contentType(): string | null;
  /** Call at the end of the file. */
  finish(): MediaVerdict;
}

type MakeWalker = (head: Uint8Array) => StructureWalker | null;

const WALKERS: Readonly<Record<string, MakeWalker>> = {
  "image/png": createPngWalker,
  "image/jpeg": createJpegWalker,
  "image/webp": createWebpWalker,
  "image/gif": createGifWalker,
  "image/bmp": (head) => createLengthWalker(bmpBytes(head)),
  "image/tiff": (head) => createLengthWalker(tiffBytes(head)),
  "image/jp2": createBoxWalker,
  "image/jxl": (head) => (head[0] === 0 ? createBoxWalker() : null),
  "audio/mpeg": (head) => createLengthWalker(mp3Bytes(head, endOfId3(head))),
  "audio/aac": createAdtsWalker,
  "audio/flac": createFlacWalker,
  "audio/wav": createWavWalker,
  "audio/aiff": createAiffWalker,
  "audio/x-caf": createCafWalker,
  "audio/x-w64": createWave64Walker,
  "audio/basic": (head) => createLengthWalker(auBytes(head)),
};

/** The same for containers, whatever they hold: by what is behind the slash. */
const CONTAINER_WALKERS: Readonly<Record<string, MakeWalker>> = {
  ogg: createOggWalker,
  webm: createMatroskaWalker,
  "x-matroska": createMatroskaWalker,
  "x-msvideo": createAviWalker,
  "x-flv": createFlvWalker,
  "x-ms-asf": createAsfWalker,
  "x-ms-wma": createAsfWalker,
  mp2t: createTransportWalker,
};

function walkerFor(contentType: string, head: Uint8Array): StructureWalker | null {
  // Behind a tag, only MPEG audio is looked at.
  if (endOfId3(head) > 0 && contentType !== "audio/mpeg") return null;
  const make = WALKERS[contentType] ?? CONTAINER_WALKERS[contentType.split("/")[1] ?? ""];
  if (make) return make(head);
  return isBoxFile(head) ? createBoxWalker() : null;
}

/**
 * A streaming inspector for one file.
 *
 * Signatures and tracks determine the type, and take precedence over the declared type. Unknown binary content keeps a
 * declared image, video or audio type, otherwise it is `application/octet-stream`; archives and compressed data are
 * refused. A file counts as truncated only beyond doubt (see media-structure.ts).
 */
export function createMediaInspector(limits: MediaInspectorLimits): MediaInspector {
  let head = new Uint8Array(HEAD_BYTES);
  let held = 0;
  let type: string | null = null;
  let walker: StructureWalker | null = null;
  let fault: MediaFault | null = null;

  /** When the head is full or the file ends: decides, unless more bytes would tell more. */
  function decide(atEnd: boolean): void {
    const start = head.subarray(0, held);
    const declared = safeContentType(limits.declaredType);
    const found = identify(start, atEnd || held === MAX_HEAD_BYTES);
    if (found === "more") {
      const larger = new Uint8Array(Math.min(head.length * 2, MAX_HEAD_BYTES));
      larger.set(head);
      head = larger;
      return;
    }
    const sound = declared.startsWith("audio/");
    if (found !== null && (!found.weak || declared === "application/octet-stream" || sound)) {
      type = (sound ? found.ifDeclaredAudio : undefined) ?? found.contentType;
      walker = walkerFor(type, start);
      walker?.push(start);
    } else if (looksLikeText(start.subarray(0, HEAD_BYTES), limits.declaredType)) {
      fault = "text";
    } else if (limits.recognisedOnly === true || isOtherContent(start) || isCompressedContent(start)) {
      fault = "unrecognised";
    } else {
      type = declared;
    }
  }

  return {
    push(chunk) {
      let rest = chunk;
      while (type === null && fault === null && rest.length > 0) {
        const taken = rest.subarray(0, head.length - held);
        head.set(taken, held);
        held += taken.length;
        rest = rest.subarray(taken.length);
        if (held === head.length) decide(false);
      }
      if (fault === null) walker?.push(rest);
      return fault;
    },
    contentType: () => type,
    finish() {
      if (held === 0) return { ok: false, reason: "empty" };
      if (type === null && fault === null) decide(true);
      if (fault === null && walker?.cut()) fault = "truncated";
      if (fault !== null || type === null) return { ok: false, reason: fault ?? "unrecognised" };
      return { ok: true, contentType: type };
    },
  };
}
