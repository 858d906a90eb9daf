/** References of a submission that are no URLs: puts the bytes of `data:` URIs into R2, and names all by their fileId. */
import type { AppContext } from "../../context.ts";
import type { ReferenceBytes } from "../../domain/reference.ts";
import { throwApiError } from "../../errors.ts";
import { encodeHex, sha256 } from "../../lib/bytes.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { GivenReference } from "../../schemas/check-generate.ts";
import type { FileReference, ReferenceFile } from "../../tenant/api.ts";
import { tenantOf, unwrap } from "./responses.ts";

/** @returns the references that name an upload: all that can be checked before anything is stored */
export function uploadsAmong(references: readonly GivenReference[]): FileReference[] {
  return references.flatMap(({ field, index, source }) =>
    "fileId" in source ? [{ field, index, fileId: source.fileId }] : [],
  );
}

/**
 * Stores the bytes of `data:` URIs, each file once, unless the same caller has sent it before.
 *
 * @returns all references as files of the tenant
 * @throws GatewayError the object's error, or 10001 if R2 does not store the bytes
 */
export async function storeReferences(
  c: AppContext,
  references: readonly GivenReference[],
): Promise<readonly FileReference[]> {
  const sent = new Map<string, ReferenceBytes>();
  const digests = await Promise.all(references.map(({ source }) => ("bytes" in source ? digestOf(source) : null)));
  for (const [at, digest] of digests.entries()) {
    const source = references[at]?.source;
    if (digest !== null && source && "bytes" in source) sent.set(digest, source);
  }
  if (sent.size === 0) return uploadsAmong(references);
  const files = [...sent].map(
    ([digest, { bytes, contentType }]): ReferenceFile => ({ digest, bytes: bytes.length, contentType }),
  );
  const places = await unwrap(c, tenantOf(c).placeReferences(c.get("caller"), files));
  const placed = new Map<string, Pick<FileReference, "fileId" | "placed">>();
  for (const [at, file] of files.entries()) {
    const place = places[at];
    if (!place) continue;
    if (!place.stored) await put(c, place.key, sent.get(file.digest));
    placed.set(file.digest, { fileId: place.fileId, placed: file });
  }
  return references.flatMap(({ field, index, source }, at): FileReference[] => {
    const file = "fileId" in source ? { fileId: source.fileId } : placed.get(digests[at] ?? "");
    return file ? [{ field, index, ...file }] : [];
  });
}

/** @returns the body with a short text in place of the bytes of each `data:` URI, or with the `fileId`s of `files` */
export function withoutBytes(
  body: JsonObject,
  references: readonly GivenReference[],
  files: readonly FileReference[] = [],
): JsonObject {
  const copy = Object.assign(Object.create(null) as JsonObject, body);
  const setAt = (field: string, index: number, text: string) => {
    const list = copy[field];
    if (Array.isArray(list)) copy[field] = list.with(index, text);
  };
  for (const { field, index, source } of references) if ("bytes" in source) setAt(field, index, "data:");
  for (const { field, index, fileId } of files) setAt(field, index, fileId);
  return copy;
}

async function digestOf({ bytes }: ReferenceBytes): Promise<string> {
  return encodeHex(await sha256(bytes));
}

async function put(c: AppContext, key: string, file: ReferenceBytes | undefined): Promise<void> {
  if (!file) return;
  try {
    await c.env.FILES.put(key, file.bytes, { httpMetadata: { contentType: file.contentType } });
  } catch {
    throwApiError(10001, undefined, { retryAfterSeconds: 1 });
  }
}
