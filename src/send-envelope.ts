/** How an envelope is sent: the one content type, and never kept by a cache. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "./context.ts";

/** Sends the JSON text of an envelope (`successEnvelope`, `errorEnvelope`), with the headers that were set before. */
export function sendEnvelope(c: AppContext, envelope: string, status = 200): Response {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return c.body(envelope, status as ContentfulStatusCode, headers);
}
