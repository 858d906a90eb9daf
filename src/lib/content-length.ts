/** @returns the declared length of a body in bytes; null if none is declared, or not as digits */
export function contentLength(headers: Headers): number | null {
  const value = headers.get("content-length");
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
