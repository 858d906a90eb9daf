/**
 * How answers are written: the headers that middleware and routes want are gathered as plain text, and become a Response in
 * one step. Setting them on a Response one by one is a call into the runtime for each.
 */
import type { AppContext } from "./context.ts";

/** Adds a header to this request's answer, whoever writes it. @param name always spelt the same */
export function answerHeader(c: AppContext, name: string, value: string): void {
  c.get("headers")[name] = value;
}

/** Makes the answer, with every header gathered so far; `headers` are those of this answer alone, and win. */
export function respond(
  c: AppContext,
  body: BodyInit | null,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(body, { status, headers: { ...c.get("headers"), ...headers } });
  c.set("composed", response);
  return response;
}

/** Gives a Response that was made elsewhere (a file, a page, a preflight) the headers that were gathered. */
export function completeHeaders(c: AppContext): void {
  if (c.get("composed") === c.res) return;
  for (const [name, value] of Object.entries(c.get("headers"))) c.res.headers.set(name, value);
}
