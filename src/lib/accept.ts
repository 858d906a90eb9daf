/** The one reader of `Accept` and `Accept-Language` (RFC 9110 sections 12.5.1 and 12.5.4). */

/**
 * Returns the weight that an `Accept` header gives to a media type, 0 to 1. Only the type's own name counts: a client
 * that accepts everything gets the default representation.
 *
 * @returns 0 if the header is absent, malformed or does not name the type
 */
export function acceptWeight(header: string | null | undefined, type: string): number {
  return rangesOf(header).find(({ name }) => name === type)?.weight ?? 0;
}

/** Returns the language tags of an `Accept-Language` header, in lower case, the preferred first. */
export function acceptedLanguages(header: string | null | undefined): string[] {
  return rangesOf(header)
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ name }) => name);
}

function rangesOf(header: string | null | undefined): { readonly name: string; readonly weight: number }[] {
  return (header ?? "")
    .toLowerCase()
    .split(",")
    .map((range) => {
      const [name = "", ...parameters] = range.split(";").map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="));
      return { name, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
    });
}
