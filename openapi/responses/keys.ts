/** Responses about a tenant's keys, for the operator (contract section 6). */
import * as z from "zod";
import { keyKind, keySettings } from "../../src/schemas/keys.ts";
import { fullFields, fullSchema } from "../full-schema.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function keysResponses({ moment, momentOrNull, nextCursor, keyId }: ResponseParts) {
  const signedWith = z
    .enum(["first", "later", "removed"])
    .describe("Signing secret of the deployment that made the key; `removed`: the key has stopped working.");
  const keyFields = {
    keyId,
    kind: fullSchema(keyKind()),
    ...fullFields(keySettings()),
    allowedOrigins: z
      .array(z.string())
      .nullable()
      .describe("Origins from which browsers may use the key; null: none for secret keys."),
    allowedIps: z
      .array(z.string())
      .nullable()
      .describe("Addresses and CIDR ranges from which the key itself works; null: any."),
    expiresAt: momentOrNull.describe("Time at which the key stops working; null: never."),
    status: z.enum(["active", "revoked", "expired"]).describe("Status of the key."),
    createdAt: moment.describe("Time of creation."),
    revokedAt: momentOrNull.describe("Time of revocation; null: not revoked."),
    lastUsedAt: momentOrNull.describe("Time of the last use, up to some minutes late; null: never used."),
    signedWith,
    previous: z
      .object({ expiresAt: moment.describe("Time at which the last of them stops working."), signedWith })
      .nullable()
      .describe("Earlier texts of the key that still work after a rotation; null: none."),
  };
  const key = z.object(keyFields).meta({ id: "Key" });
  const newKey = z
    .object({ ...keyFields, key: z.string().regex(/^pdk_/).describe("The key itself; shown only in this response.") })
    .meta({ id: "NewKey" });
  const keyList = z
    .object({ keys: z.array(key).describe("Keys, oldest first, revoked ones included."), nextCursor })
    .meta({ id: "KeyList" });

  return { key, newKey, keyList };
}
