/** The headers of rate limits (contract section 2). */
import type { AppContext } from "../context.ts";
import { rateLimitHeaders } from "../domain/rate-limit-headers.ts";
import type { RateState } from "../tenant/api.ts";

/** Sets the rate-limit headers (contract section 2). */
export function setRateHeaders(c: AppContext, rate: readonly RateState[]): void {
  for (const [name, value] of Object.entries(rateLimitHeaders(rate))) c.header(name, value);
}
