/** Operations of the operator on keys (contract section 6). */
import { CreateKey, KeyListParameters, PatchKey, RotateKey } from "../../src/schemas/keys.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** Returns the operator's operations on keys. */
export function keyOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: keys", audience: "operator" } as const;
  const path = "/admin/v1/tenants/{tenantId}/keys";
  return [
    {
      ...shared,
      id: "createKey",
      method: "post",
      path,
      summary: "Create a key",
      description:
        "Only this response contains `key`; the gateway stores a hash of it. A `publishable` key needs `allowedOrigins` and can " +
        "only have the scopes `generate` and `read`.",
      body: { schema: CreateKey(), examples: { server: { summary: "For a server", value: { name: "production" } } } },
      response: a.newKey,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "listKeys",
      method: "get",
      path,
      summary: "List keys",
      description: "Oldest first. A revoked key is listed for 30 days, and at most 100 of them.",
      query: KeyListParameters(),
      response: a.keyList,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "updateKey",
      method: "patch",
      path: `${path}/{keyId}`,
      summary: "Change a key",
      body: { schema: PatchKey(), examples: { narrow: { summary: "Read only", value: { scopes: ["read"] } } } },
      response: a.key,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "revokeKey",
      method: "delete",
      path: `${path}/{keyId}`,
      summary: "Revoke a key",
      description: "Submissions with the key and with its client tokens stop at once; reads stop within 10 seconds.",
      response: a.key,
      errors: [40002],
    },
    {
      ...shared,
      id: "rotateKey",
      method: "post",
      path: `${path}/{keyId}/rotate`,
      summary: "Rotate a key",
      description:
        "The identifier, settings and history stay. The old text of the key keeps working for `overlapSeconds`, and texts of " +
        "earlier rotations for as long as promised then. With 0, or without a body, all earlier texts end at once.",
      body: {
        schema: RotateKey(),
        optional: true,
        examples: { day: { summary: "Both texts work for one day", value: { overlapSeconds: 86400 } } },
      },
      response: a.newKey,
      errors: [30001, 40002, 70006],
    },
  ];
}
