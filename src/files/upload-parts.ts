/**
 * Uploads in parts: each part is an object of its own beside the upload's key, and completing reads them one after another
 * into the upload. So a part that is sent again replaces itself, whatever deletes the upload's prefix deletes its parts, and
 * the whole file passes the same checks as an upload in one request.
 */
import { createMediaInspector } from "../domain/media-inspector.ts";
import { referenceKind } from "../domain/reference.ts";
import { type BodyPace, type ChunkReader, readChunks } from "./chunk-reader.ts";
import { openFixedLength } from "./destination.ts";
import { drain, storeUpload, UPLOAD_LIMITS, UPLOAD_PACE, type UploadOutcome, type UploadTarget } from "./upload.ts";
import { NoMemoryError } from "./upload-memory.ts";

/** Size of every part but the last, in bytes. */
export const PART_BYTES = 16 * 2 ** 20;

/** What is declared of the whole file. */
export interface DeclaredFile {
  readonly bytes: number;
  readonly partBytes: number;
  readonly contentType: string;
}

/** Why a part is not stored; `limit` in bytes, with `too-large`. */
export type PartFault = Extract<UploadOutcome, { ok: false }>;

/** @returns the number of parts of a file */
export function countParts({ bytes, partBytes }: Pick<DeclaredFile, "bytes" | "partBytes">): number {
  return Math.ceil(bytes / partBytes);
}

/** @returns the size of a part in bytes. @param number from 1 */
export function sizeOfPart(file: Pick<DeclaredFile, "bytes" | "partBytes">, number: number): number {
  return Math.min(file.partBytes, file.bytes - (number - 1) * file.partBytes);
}

/** Returns the prefix of the keys of all parts of an upload. */
function partsPrefix(key: string): string {
  return `${key}.`;
}

/** Returns the key of a part. */
export function partKey(key: string, number: number): string {
  return partsPrefix(key) + number;
}

/** Inspects the beginning of part 1, so that a wrong file is refused before the rest is sent. */
function inspectStart({ bytes, contentType }: DeclaredFile): (chunk: Uint8Array) => PartFault | null {
  const inspector = createMediaInspector({ declaredType: contentType, recognisedOnly: true });
  return (chunk) => {
    if (inspector.contentType() !== null) return null;
    if (inspector.push(chunk) !== null) return { ok: false, reason: "unsupported" };
    const type = inspector.contentType();
    const limit = type === null ? bytes : UPLOAD_LIMITS[referenceKind(type)];
    return bytes > limit ? { ok: false, reason: "too-large", limit } : null;
  };
}

/**
 * Streams a part into R2; stores nothing unless it has exactly its size.
 *
 * @param body of the declared length
 * @returns null if it is stored, otherwise the reason why not; does not throw
 */
export async function storePart(
  body: ReadableStream<Uint8Array> | null,
  target: { readonly bucket: R2Bucket; readonly key: string; readonly number: number },
  file: DeclaredFile,
  pace: BodyPace = UPLOAD_PACE,
): Promise<PartFault | null> {
  if (body === null) return { ok: false, reason: "empty" };
  const { bucket, key, number } = target;
  const size = sizeOfPart(file, number);
  const inspect = number === 1 ? inspectStart(file) : () => null;
  const chunks = readChunks(body, pace);
  const destination = openFixedLength({ bucket, key: partKey(key, number) }, size, "application/octet-stream");
  let reading = true;
  try {
    // R2 stores the object as soon as it has all bytes, so the last chunk waits for the end of the body.
    let held: Uint8Array | null = null;
    let arrived = 0;
    for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
      arrived += chunk.length;
      const fault = arrived > size ? ({ ok: false, reason: "malformed" } as const) : inspect(chunk);
      if (fault) {
        await destination.abandon();
        return fault;
      }
      reading = false;
      if (held) await destination.write(held);
      reading = true;
      held = chunk;
    }
    reading = false;
    if (arrived !== size || held === null) {
      await destination.abandon();
      return { ok: false, reason: "malformed" };
    }
    await destination.commit(held);
    return null;
  } catch (error) {
    await destination.abandon();
    return { ok: false, reason: reading && !(error instanceof NoMemoryError) ? "malformed" : "unavailable" };
  } finally {
    // A sender whose connection closes before it has sent everything never sees the reason.
    await drain(chunks);
  }
}

/**
 * Joins the parts of an upload under its key, with the checks of an upload.
 *
 * @returns the stored upload; or why there is none: `missing` names parts that were not sent. Does not throw
 */
export async function joinParts(
  target: UploadTarget,
  file: DeclaredFile,
): Promise<UploadOutcome | { readonly ok: false; readonly reason: "missing"; readonly parts: readonly number[] }> {
  const { bucket, key } = target;
  let current: ChunkReader | null = null;
  try {
    const numbers = Array.from({ length: countParts(file) }, (_, at) => at + 1);
    const { objects } = await bucket.list({ prefix: partsPrefix(key) });
    const sizes = new Map(objects.map((object) => [object.key, object.size]));
    const parts = numbers.filter((number) => sizes.get(partKey(key, number)) !== sizeOfPart(file, number));
    if (parts.length > 0) return { ok: false, reason: "missing", parts };
    let number = 0;
    const next = async (): Promise<Uint8Array | null> => {
      for (;;) {
        const chunk = (await current?.next()) ?? null;
        if (chunk !== null || number === numbers.length) return chunk;
        number += 1;
        const object = await bucket.get(partKey(key, number));
        if (object === null) throw new Error("a part was deleted meanwhile");
        current = readChunks(object.body, UPLOAD_PACE);
      }
    };
    return await storeUpload({ next, length: file.bytes, declaredType: file.contentType }, target);
  } catch {
    return { ok: false, reason: "unavailable" };
  } finally {
    (current as ChunkReader | null)?.cancel();
  }
}
