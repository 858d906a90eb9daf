/**
 * Rate-limit response headers as in the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10):
 * structured lists, one item a policy, `q` quota, `w` window in seconds, `r` what remains, `t` seconds until more is there.
 */

/** One policy of the rate-limit headers, and how it stands. */
export interface RateLimitPolicy {
  /** Printable ASCII, e.g. "requests". */
  readonly name: string;
  /** The limit a minute. */
  readonly perMinute: number;
  /** Whole requests left. */
  readonly remaining: number;
  /** Whole seconds until one more is there. */
  readonly nextTokenSeconds: number;
}

/** @param policies those that apply, at least one */
export function rateLimitHeaders(policies: readonly RateLimitPolicy[]): Record<string, string> {
  return {
    "RateLimit-Policy": policies.map(({ name, perMinute }) => `${quoted(name)};q=${perMinute};w=60`).join(", "),
    RateLimit: policies
      .map(({ name, remaining, nextTokenSeconds }) => `${quoted(name)};r=${remaining};t=${nextTokenSeconds}`)
      .join(", "),
  };
}

/** A structured-field string (RFC 9651, section 4.1.6). */
function quoted(text: string): string {
  return /[\\"]/.test(text) ? `"${text.replace(/[\\"]/g, "\\$&")}"` : `"${text}"`;
}
