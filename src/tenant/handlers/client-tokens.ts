/** Minting client tokens: stateless credentials for browsers, bound to the key that made them (contract section 4). */
import { formatTokenId, mintClientToken, TOKEN_ID_BYTES } from "../../domain/client-token.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";

/** What the tenant's backend asks for; null: no bound but the parent key's. */
export interface TokenRequest {
  readonly expiresInSeconds: number;
  readonly endUser: string | null;
  readonly maxTasks: number | null;
  readonly maxCredits: number | null;
  readonly models: readonly string[] | null;
  readonly allowedOrigins: readonly string[] | null;
}

export interface MintedToken {
  readonly token: string;
  /** ISO 8601; never later than the parent key's own end. */
  readonly expiresAt: string;
}

/** Makes a token; nothing is stored until it is used. @returns a refusal (30001) if its lists make it too long */
export async function mintToken(
  { secrets, clock, random }: TenantServices,
  { tenant, key }: Access,
  { expiresInSeconds, ...bounds }: TokenRequest,
): Promise<MintedToken | ApiError> {
  const [signer] = secrets;
  if (!signer) throw new Error("A token needs a signing secret");
  const now = clock.now();
  const expiresAt = Math.min(now + expiresInSeconds * 1_000, key.expiresAt ?? Number.POSITIVE_INFINITY);
  const token = await mintClientToken(
    {
      tenantId: tenant.tenantId,
      keyId: key.keyId,
      tokenId: formatTokenId(random.bytes(TOKEN_ID_BYTES)),
      issuedAt: now,
      expiresAt,
      ...bounds,
    },
    signer,
  );
  if (token === null) return apiError(30001, "The token would be too long: shorten endUser or allowedOrigins");
  return { token, expiresAt: new Date(expiresAt).toISOString() };
}
