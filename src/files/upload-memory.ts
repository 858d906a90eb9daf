/**
 * Limits the memory of bodies that arrive in this isolate, whose 128 MB all tenants share: uploads, and JSON that is not small. An upload of known length only
 * passes through; one of unknown length is collected, and needs a place for more than 1.25 MiB (part-memory.ts).
 */
import { contentLength } from "../lib/content-length.ts";
import { type BodySender, FREE_PART_BYTES } from "./part-memory.ts";

const MEBIBYTE = 2 ** 20;
/** Limit for all tenants together. */
const BUDGET_BYTES = 54 * MEBIBYTE;
/** Limit for one tenant, so that others get through. */
const TENANT_BYTES = 32 * MEBIBYTE;
/** Limits for all end users of a tenant, so that its backend gets through, and for one of them. */
const END_USERS_BYTES = 22 * MEBIBYTE;
const END_USER_BYTES = 17 * MEBIBYTE;
const PASSED_THROUGH = MEBIBYTE;

/** Bytes taken by tenants and end users, by name. */
const takenBy = new Map<string, number>();
let taken = 0;

/** @param length of a file that is the whole body; null if it is not known. @returns the bytes of memory that it may need without a place */
export function memoryOfFile(length: number | null): number {
  return length === null ? PASSED_THROUGH + FREE_PART_BYTES : PASSED_THROUGH;
}

/** @returns the bytes of memory that an upload with these headers may need without a place */
export function memoryOfUpload(headers: Headers): number {
  const declared = contentLength(headers);
  const isForm = /^\s*multipart\//i.test(headers.get("content-type") ?? "");
  if (declared === null || !isForm) return memoryOfFile(declared);
  return PASSED_THROUGH + Math.min(FREE_PART_BYTES, 2 * declared);
}

/**
 * Reserves memory for one body.
 *
 * @returns a function that releases it, to be called once; or whose memory is used up
 */
export function takeUploadMemory(
  { tenantId, endUser }: BodySender,
  bytes: number,
): (() => void) | "tenant" | "isolate" {
  const shares = [{ name: tenantId, most: TENANT_BYTES }];
  if (endUser !== null) {
    shares.push({ name: `${tenantId} end users`, most: END_USERS_BYTES });
    shares.push({ name: `${tenantId} end user ${endUser}`, most: END_USER_BYTES });
  }
  if (shares.some(({ name, most }) => (takenBy.get(name) ?? 0) + bytes > most)) return "tenant";
  if (taken + bytes > BUDGET_BYTES) return "isolate";
  const add = (more: number) => {
    taken += more;
    for (const { name } of shares) {
      const left = (takenBy.get(name) ?? 0) + more;
      if (left > 0) takenBy.set(name, left);
      else takenBy.delete(name);
    }
  };
  add(bytes);
  return () => add(-bytes);
}
