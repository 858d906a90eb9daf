/**
 * Cloudflare Access: the assertion that it adds to each request which passed it. The header alone proves nothing, because a
 * hostname may be left unprotected, so its signature, issuer, audience and expiry are verified.
 */
import { decodeHeader, verifyWithJwks } from "hono/utils/jwt/jwt";
import type { AccessConfig } from "../config.ts";
import { accessKeys } from "../courier/access-keys.ts";
import { throwApiError } from "../errors.ts";
import { logEvent } from "../lib/log.ts";

/** A real assertion has about 1 KB. */
const MAX_CHARACTERS = 16_384;

/**
 * Verifies an assertion of a person.
 *
 * @returns the person's e-mail address, or null for an assertion that is not valid here, or of a program
 * @throws GatewayError 10001 if the team's keys cannot be fetched
 */
export async function emailOfAssertion(
  { teamDomain, audiences }: Pick<AccessConfig, "teamDomain" | "audiences">,
  assertion: string,
): Promise<string | null> {
  const keyId = keyIdOf(assertion);
  if (keyId === null) return null;
  const keys = await accessKeys(teamDomain, keyId, Date.now()).catch((error: unknown) => {
    logEvent("warn", "access-keys", { error: String(error) });
    return throwApiError(10001, "The keys of Cloudflare Access cannot be fetched now", { retryAfterSeconds: 5 });
  });
  try {
    const { type, email, exp } = await verifyWithJwks(assertion, {
      keys: [...keys] as never,
      allowedAlgorithms: ["RS256"],
      // `iat` is not checked, because clocks differ; `exp` and `nbf` are.
      verification: { iss: teamDomain, aud: [...audiences], iat: false },
    });
    return type === "app" && typeof email === "string" && typeof exp === "number" ? email : null;
  } catch {
    return null;
  }
}

function keyIdOf(assertion: string): string | null {
  if (assertion.length > MAX_CHARACTERS) return null;
  try {
    const { kid } = decodeHeader(assertion);
    return typeof kid === "string" ? kid : null;
  } catch {
    return null;
  }
}
