/**
 * An answer whose data is text already, as one text: what crosses a call between Workers as an object is given a method to
 * dispose of it by the runtime, anew for every call, and a query costs a twentieth more by that (docs/decisions/068).
 */
import type { RateState, Reply } from "./api.ts";

/** @returns the rate limits as JSON in the first line, and the data after it */
export function packReply(rate: readonly RateState[], data: string): string {
  return `${JSON.stringify(rate)}\n${data}`;
}

/** @param reply as `packReply` made it, or what was not packed: a refusal, or the answer of an object with older code */
export function unpackReply(reply: string | Reply<string>): Reply<string> {
  if (typeof reply !== "string") return reply;
  const end = reply.indexOf("\n");
  return { ok: true, rate: JSON.parse(reply.slice(0, end)) as RateState[], data: reply.slice(end + 1) };
}
