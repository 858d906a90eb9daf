/**
 * Limits the memory of uploads in this isolate, whose 128 MB all tenants share. An upload of unknown length is
 * collected in parts of 5 MiB, and R2 may hold a copy of each; one of known length only passes through.
 */
const MEBIBYTE = 2 ** 20;
/** Limit for all tenants together. */
const BUDGET_BYTES = 64 * MEBIBYTE;
/** Limit for one tenant, so that others get through. */
const TENANT_BYTES = BUDGET_BYTES / 2;
const MOST_COLLECTED = 10 * MEBIBYTE;
const PASSED_THROUGH = MEBIBYTE;

const takenBy = new Map<string, number>();
let taken = 0;

/** Memory of a file of unknown length. */
export const MOST_UPLOAD_MEMORY = MOST_COLLECTED;

/** @returns the bytes of memory that an upload with these headers may need */
export function memoryOfUpload(headers: Headers): number {
  const declared = headers.get("content-length");
  const isForm = /^\s*multipart\//i.test(headers.get("content-type") ?? "");
  if (declared === null || !/^\d{1,15}$/.test(declared)) return MOST_COLLECTED;
  return isForm ? PASSED_THROUGH + Math.min(MOST_COLLECTED, 2 * Number(declared)) : PASSED_THROUGH;
}

/**
 * Reserves memory for one upload.
 *
 * @returns a function that releases it, to be called once; or whose memory is used up
 */
export function takeUploadMemory(tenantId: string, bytes: number): (() => void) | "tenant" | "isolate" {
  const own = takenBy.get(tenantId) ?? 0;
  if (own + bytes > TENANT_BYTES) return "tenant";
  if (taken + bytes > BUDGET_BYTES) return "isolate";
  taken += bytes;
  takenBy.set(tenantId, own + bytes);
  return () => {
    taken -= bytes;
    const left = (takenBy.get(tenantId) ?? 0) - bytes;
    if (left > 0) takenBy.set(tenantId, left);
    else takenBy.delete(tenantId);
  };
}
