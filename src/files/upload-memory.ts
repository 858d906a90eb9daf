/**
 * Limits the memory of bodies that arrive in this isolate, whose 128 MB all tenants share: uploads, and JSON that is not small. An upload of unknown length is
 * collected in parts of 5 MiB, and R2 may hold a copy of each; one of known length only passes through.
 */
import { contentLength } from "../lib/content-length.ts";

const MEBIBYTE = 2 ** 20;
/** Limit for all tenants together. */
const BUDGET_BYTES = 64 * MEBIBYTE;
/** Limit for one tenant, so that others get through. */
const TENANT_BYTES = BUDGET_BYTES / 2;
/** Limits for all end users of a tenant, so that its backend gets through, and for one of them. */
const END_USERS_BYTES = 22 * MEBIBYTE;
const END_USER_BYTES = 20 * MEBIBYTE;
const MOST_COLLECTED = 10 * MEBIBYTE;
const PASSED_THROUGH = MEBIBYTE;

/** Bytes taken by tenants and end users, by name. */
const takenBy = new Map<string, number>();
let taken = 0;

/** @param length of a file that is the whole body; null if it is not known. @returns the bytes of memory that it may need */
export function memoryOfFile(length: number | null): number {
  return length === null ? MOST_COLLECTED : PASSED_THROUGH;
}

/** @returns the bytes of memory that an upload with these headers may need */
export function memoryOfUpload(headers: Headers): number {
  const declared = contentLength(headers);
  const isForm = /^\s*multipart\//i.test(headers.get("content-type") ?? "");
  if (declared === null || !isForm) return memoryOfFile(declared);
  return PASSED_THROUGH + Math.min(MOST_COLLECTED, 2 * declared);
}

/** Who sends a body. */
export interface BodySender {
  /** Empty for one that is no tenant's caller. */
  readonly tenantId: string;
  /** The end user behind a client token, or the token if it names none; null for the tenant's backend. */
  readonly endUser: string | null;
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
