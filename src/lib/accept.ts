/** The one reader of `Accept` (RFC 9110 section 12.5.1). */

/**
 * Returns the weight that an `Accept` header gives to a media type, 0 to 1. Only the type's own name counts: a client
 * that accepts everything gets the default representation.
 *
 * @returns 0 if the header is absent, malformed or does not name the type
 */
export function acceptWeight(header: string | null | undefined, type: string): number {
  for (const range of (header ?? "").toLowerCase().split(",")) {
    const [name, ...parameters] = range.split(";").map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
