/** True if all percent-encoded octets of a text are UTF-8 (RFC 3986, section 2.5). Hono leaves others as they are. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
