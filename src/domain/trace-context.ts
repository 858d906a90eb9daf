/** The trace of a request: W3C Trace Context (https://www.w3.org/TR/trace-context/), read and never passed on. */

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** @returns the trace id of a `traceparent` header (32 hex digits), or null if the header is absent or not valid */
export function traceIdOf(header: string | undefined): string | null {
  const [, version, traceId = "", parentId = "", rest] = TRACEPARENT.exec(header ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && rest !== undefined)) return null;
  return /^0+$/.test(traceId) || /^0+$/.test(parentId) ? null : traceId;
}
