/** E-mail addresses, as people type them and as they are stored. */

/** RFC 5321: longer ones cannot be delivered. */
const MOST_CHARACTERS = 254;
/** Letters, digits and signs of ASCII without quotes and comments, and a host name of at least two labels. */
const ADDRESS =
  /^[a-z0-9.!#$%&'*+/?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;

/** Returns an address as it is compared and stored: in lower case, without spaces around it; null for any other text. */
export function parseEmailAddress(text: string): string | null {
  const address = text.trim();
  return address.length <= MOST_CHARACTERS && ADDRESS.test(address) ? address.toLowerCase() : null;
}
