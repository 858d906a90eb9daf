/** References of a request that are no URLs: the `fileId` of an upload, and the bytes of a `data:` URI (RFC 2397). */
import { type Bytes, decodeBase64 } from "../lib/bytes.ts";
import { createMediaInspector } from "./media-inspector.ts";

/** The kinds of references. */
export type ReferenceKind = "image" | "audio" | "video";

/** The fields of references, and the kind that each takes. */
export const REFERENCE_KINDS = {
  refImageUrls: "image",
  refVideoUrls: "video",
  refAudioUrls: "audio",
} as const satisfies Record<string, ReferenceKind>;

/** Name of a field of references. */
export type ReferenceField = keyof typeof REFERENCE_KINDS;

/** The bytes of a `data:` URI, checked by content. */
export interface ReferenceBytes {
  readonly bytes: Bytes;
  readonly contentType: string;
}

/** The source of a reference that is no URL, or the reason why it is refused: `reason` completes "refImageUrls.0 …". */
export type ReferenceSource = { readonly fileId: string } | ReferenceBytes | { readonly reason: string };

const FILE_ID = /^file_\w{1,60}$/;
const DATA = /^data:/i;
/** Longest part of a data: URI before its bytes. */
const MAX_HEADER = 256;

/** @returns the kind of a content type; everything that is neither image nor sound counts as video */
export function referenceKind(contentType: string): ReferenceKind {
  const family = contentType.split("/")[0];
  return family === "image" || family === "audio" ? family : "video";
}

/** @returns why a file of this type is not usable as this kind of reference, or null */
export function wrongKind(contentType: string, kind: ReferenceKind): string | null {
  return referenceKind(contentType) === kind ? null : `is ${contentType}, which is not of kind ${kind}`;
}

/** True if the text is a `data:` URI. */
function isDataUri(text: string): boolean {
  return DATA.test(text);
}

/** @returns the source of a reference of this kind; null for a text that can only be a URL */
export function readReference(text: string, kind: ReferenceKind): ReferenceSource | null {
  if (FILE_ID.test(text)) return { fileId: text };
  return isDataUri(text) ? readDataUri(text, kind) : null;
}

function readDataUri(text: string, kind: ReferenceKind): ReferenceBytes | { readonly reason: string } {
  const comma = text.slice(0, MAX_HEADER).indexOf(",");
  const header = text.slice("data:".length, Math.max(comma, 0));
  if (!/;\s*base64\s*$/i.test(header)) return { reason: "must be a data: URI with ;base64 before its comma" };
  const bytes = decodePayload(text.slice(comma + 1));
  if (bytes === null) return { reason: "has bytes that are not base64" };
  const inspector = createMediaInspector({ declaredType: header.split(";")[0] ?? null, recognisedOnly: true });
  inspector.push(bytes);
  const verdict = inspector.finish();
  if (!verdict.ok) return { reason: FAULTS[verdict.reason] };
  const reason = wrongKind(verdict.contentType, kind);
  return reason === null ? { bytes, contentType: verdict.contentType } : { reason };
}

const FAULTS = {
  empty: "is empty",
  text: "is not an image, audio or video of a supported type",
  unrecognised: "is not an image, audio or video of a supported type",
  truncated: "is cut short",
} as const;

/** Decodes base64 as browsers do in URLs: percent-encoded, with white space, without padding, or in the URL-safe alphabet. */
function decodePayload(payload: string): Bytes | null {
  let text = payload;
  try {
    if (text.includes("%")) text = decodeURIComponent(text);
  } catch {
    return null;
  }
  text = text
    .replace(/[\s=]+/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, "="));
}
