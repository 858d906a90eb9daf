/**
 * Origins that a credential lists as allowed, and the `Origin` header that browsers and web views send (contract sections 4
 * and 9). Both are compared in the form in which browsers serialize an origin.
 */

/** Schemes whose host and port make the origin (WHATWG URL, "special"), each with its default port left out. */
const WEB_SCHEME = /^https?:$/;
/** What web views, desktop shells and extensions send: a scheme of their own and a host, no path. */
const OTHER_ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9._-]+)(:\d{1,5})?$/;
/** Schemes whose origin is always opaque: browsers send `null` for them. */
const OPAQUE_SCHEMES: ReadonlySet<string> = new Set([
  "file",
  "data",
  "blob",
  "about",
  "javascript",
  "ftp",
  "ws",
  "wss",
]);
const WILDCARD = /^(https?:\/\/)\*\.(.+)$/i;
const MAX_LENGTH = 300;

/**
 * Reads an origin that shall be allowed: `https://app.example`, `capacitor://localhost`, `chrome-extension://…`, or with one
 * leading wildcard label, `https://*.preview.example`.
 *
 * @returns the origin as browsers write it, or null for what no browser could send
 */
export function parseAllowedOrigin(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const [, scheme, parent] = WILDCARD.exec(text) ?? [];
  if (scheme === undefined || parent === undefined) return normalOrigin(text);
  const origin = normalOrigin(scheme + parent);
  if (origin === null) return null;
  const { protocol, hostname, host } = new URL(origin);
  // A wildcard for all names of a public suffix such as "com" would be no bound, and addresses have no labels.
  const isName = hostname.split(".").filter((label) => label !== "").length >= 2 && !/^[\d.]+$/.test(hostname);
  return isName ? `${protocol}//*.${host}` : null;
}

/** Whether a request's `Origin` is one of these, each as `parseAllowedOrigin` returned it. */
export function isAllowedOrigin(allowed: readonly string[], header: string): boolean {
  const origin = normalOrigin(header);
  if (origin === null) return false;
  const parent = origin.replace(/^(https?:\/\/)[^./:]+\./, "$1*.");
  return allowed.includes(origin) || (parent !== origin && allowed.includes(parent));
}

/** @returns the origin in lower case and without a default port; null for anything else, `null` included */
function normalOrigin(text: string): string | null {
  const url = URL.parse(text);
  if (url === null) return null;
  if (WEB_SCHEME.test(url.protocol)) {
    // Nothing after the host, no credentials, no wildcard, and no repair of a spelling that browsers do not send.
    return /^https?:\/\/[^/?#@\\\s*]+$/i.test(text) && isSendable(url.hostname) ? url.origin : null;
  }
  const lower = text.toLowerCase();
  const [, scheme] = OTHER_ORIGIN.exec(lower) ?? [];
  return scheme === undefined || OPAQUE_SCHEMES.has(scheme) ? null : lower;
}

/** A host that can be reached: names without empty labels, or an address. */
function isSendable(hostname: string): boolean {
  return hostname.startsWith("[") || !/^\.|\.\./.test(hostname);
}
