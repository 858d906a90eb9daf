/**
 * Which URLs a tenant may give (references, webhooks): an SSRF rule. It decides by the URL alone. A public name that
 * resolves to a private address passes, since Workers cannot resolve names before fetching; their egress has no route
 * into private networks, and the upstream guards its own fetches.
 *
 * The URL parser of the platform (WHATWG) normalises decimal, octal, hexadecimal and short IPv4 forms, percent-encoded and
 * full-width hosts; the rule looks only at its result.
 */
import { isPrivateIPv4, isPrivateIPv6 } from "./ip-address.ts";

/** What a URL given by a tenant may point to. */
export interface TenantUrlRule {
  /** Development: also http, and private or loopback hosts. */
  readonly allowPrivate: boolean;
  /** The gateway's own origins, refused because a request to them would come back here. */
  readonly ownOrigins: readonly string[];
  /** URL prefixes ending in "/" under own origins that are accepted as they are: the gateway's files and uploads. */
  readonly ownFilePrefixes?: readonly string[];
}

/** A URL that may be used, or why it is refused. */
export type TenantUrl =
  /** `url` is normalised, without fragment. */
  | { readonly ok: true; readonly url: string }
  /** `reason` completes "the URL …" and quotes nothing of it. */
  | { readonly ok: false; readonly reason: string };

/** Longest URL that is accepted, in characters: presigned links of the large stores stay below it (contract section 3). */
const MAX_URL_LENGTH = 8_192;

const LOCAL_SUFFIXES = [".localhost", ".local", ".localdomain", ".internal", ".home.arpa"];
// Two slashes and no "@" before the path: other parsers disagree with ours on the rest, and they get the text as it is.
const PLAIN_AUTHORITY = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: parsers drop some of these silently, so none is accepted.
const CONTROL = /[\u0000-\u001f\u007f\\]/;

/** Whether a tenant's URL may be fetched or handed to the upstream. Never throws. */
export function checkTenantUrl(text: string, rule: TenantUrlRule): TenantUrl {
  if (text.length > MAX_URL_LENGTH) return refused(`must have at most ${MAX_URL_LENGTH} characters`);
  if (text !== text.trim()) return refused("must not begin or end with white space");
  if (CONTROL.test(text)) return refused("must not contain control characters or backslashes");
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return refused(rule.allowPrivate ? "must be an http or https URL" : "must be an https URL");
  }
  if (!PLAIN_AUTHORITY.test(text)) return refused("must name a host and no user or password");
  url.hash = "";
  if ((rule.ownFilePrefixes ?? []).some((prefix) => isUnder(url, prefix))) return { ok: true, url: url.href };
  if (rule.ownOrigins.some((origin) => URL.parse(origin)?.host === url.host)) {
    return refused("must not point at this gateway");
  }
  if (!rule.allowPrivate) {
    if (url.protocol !== "https:") return refused("must be an https URL");
    if (isPrivateHost(url.hostname)) return refused("must have a public host");
  }
  return { ok: true, url: url.href };
}

function refused(reason: string): TenantUrl {
  return { ok: false, reason };
}

/** True if the URL, with dot segments resolved, begins with the prefix; the prefix's own spelling does not matter. */
function isUnder(url: URL, prefix: string): boolean {
  const base = URL.parse(prefix)?.href ?? "";
  return base.endsWith("/") && url.href.startsWith(base);
}

/** @param hostname as `URL.hostname` gives it: lower-case, IPv6 in brackets */
function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return isPrivateIPv6(hostname.slice(1, -1));
  if (/^[\d.]+$/.test(hostname)) return isPrivateIPv4(hostname);
  // A trailing dot makes a name absolute, and would slip past the comparisons below.
  return (
    !hostname.includes(".") || hostname.endsWith(".") || LOCAL_SUFFIXES.some((suffix) => hostname.endsWith(suffix))
  );
}
