/**
 * Stored files as the edge cache asks for them: whole, by an address that the default entrypoint has made after all its
 * decisions (edge-read.ts). The address is also the key of the cache: the path, and for smaller versions of images their
 * width and format. It has no host, no credential and nothing else that a caller chose.
 */
import { EDGE_SECONDS, tagsOf } from "../domain/file-cache.ts";
import { objectName, parseFileName, parseFileToken, resultKey } from "../domain/file-link.ts";
import { choicesFor, isFor, openFirst, release } from "./choice.ts";
import { fileMessage, IMMUTABLE, objectResponse } from "./respond.ts";
import type { Variant } from "./thumbnails.ts";

/** Host of the addresses; nothing listens there. */
const ORIGIN = "https://files.invalid";
/** Header of a request that does not want the whole file. The cache strips `Range`. */
export const PARTIAL = "Paddock-Partial";
/** Header of a response: which of the possible objects it is, from 0. */
export const CHOICE = "Paddock-Choice";
/** Larger files are not stored for a request that wants a part of them: the cache would read all of it first. */
export const MAX_BYTES_FOR_A_PART = 64 * 2 ** 20;
/** The cache takes up to 512 MB; above that it would read the whole file again for each request. */
const MAX_BYTES = 500_000_000;
/** How long an image is stored in place of the upstream's thumbnail, which may still arrive, in seconds. */
const STAND_IN_SECONDS = 3_600;

/** A file or a smaller version of it. */
export interface StoredAddress {
  readonly token: string;
  /** The last segment of the path, for example "0.png" or "t0.png". */
  readonly name: string;
  /** Null: the file itself. */
  readonly width: number | null;
  /** Counts where a smaller version may be sent; null elsewhere. */
  readonly format: Variant["format"] | null;
}

/** Returns the path and query under which a file is asked for, and stored. */
export function storedPath({ token, name, width, format }: StoredAddress): string {
  const query = new URLSearchParams({
    ...(width !== null && { w: String(width) }),
    ...(format !== null && { format }),
  });
  return `/files/${token}/${name}${query.size === 0 ? "" : `?${query}`}`;
}

/** Returns the URL of such a path. */
export function storedUrl(path: string): string {
  return ORIGIN + path;
}

/**
 * Responds with a whole stored file: 200 with tags and the cache's own lifetime. Everything else is never stored: 404 if R2
 * has no such file, 413 if it is too large for the cache.
 */
export async function serveStored(request: Request, bucket: R2Bucket): Promise<Response> {
  const { method } = request;
  const { pathname, searchParams } = new URL(request.url);
  const [, , token = "", lastSegment = ""] = pathname.split("/");
  const parsed = parseFileToken(token);
  const name = parseFileName(lastSegment);
  if (parsed === null || name === null || (method !== "GET" && method !== "HEAD")) return fileMessage(method, 404);
  const width = searchParams.get("w");
  const format = searchParams.get("format") === "webp" ? "webp" : "jpeg";
  const keyOf = (thumbnail: boolean) => resultKey(parsed.tenantId, token, objectName({ index: name.index, thumbnail }));
  const choices = choicesFor(name.thumbnail, width === null ? null : Number(width), format, keyOf);
  const found = await openFirst(bucket, choices, request);
  if (found === null) return fileMessage(method, 404);
  const { opened, choice } = found;
  const { object } = opened;
  const isTooLarge = object.size > (request.headers.has(PARTIAL) ? MAX_BYTES_FOR_A_PART : MAX_BYTES);
  if (isTooLarge || !isFor(object, name.ext)) {
    await release(opened);
    return fileMessage(method, isTooLarge ? 413 : 404);
  }
  const response = objectResponse(opened, method, {
    cacheControl: opened.status === 200 ? IMMUTABLE : "no-store",
    download: null,
    defaultName: lastSegment,
  });
  const place = choices.indexOf(choice);
  response.headers.set(CHOICE, String(place));
  if (opened.status !== 200) return response;
  const seconds = place === 0 ? EDGE_SECONDS : STAND_IN_SECONDS;
  // Without stale-if-error=0 the cache would serve an old entry while R2 fails, without end.
  response.headers.set("Cloudflare-CDN-Cache-Control", `public, max-age=${seconds}, stale-if-error=0`);
  response.headers.set("Cache-Tag", tagsOf(parsed.tenantId, parsed.taskId).join(","));
  return response;
}
