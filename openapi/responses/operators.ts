/** Responses about operators and the audit log (contract section 6, "Operators"). */
import * as z from "zod";
import { OPERATOR_SCOPES } from "../../src/domain/operator-scopes.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function operatorsResponses({ moment, momentOrNull, nextCursor }: ResponseParts) {
  const operatorId = z
    .string()
    .regex(/^opr_[0-9a-f]{16}$/)
    .describe("Unique identifier of the operator; a rotation keeps it.");
  const operatorFields = {
    operatorId,
    name: z.string().describe("Display name, as in the audit log."),
    scopes: z.array(z.enum(OPERATOR_SCOPES)).describe("What the operator may do."),
    status: z.enum(["active", "expired"]).describe("Status of the operator."),
    expiresAt: momentOrNull.describe("Time at which the token stops working; null: never."),
    createdAt: moment.describe("Time of creation."),
    rotatedAt: momentOrNull.describe("Time of the last rotation; null: never rotated."),
    lastUsedAt: momentOrNull.describe("Time of the last use, up to some minutes late; null: never used."),
    signedWith: z
      .enum(["first", "later", "removed"])
      .describe("Signing secret of the deployment that made the token; `removed`: the token has stopped working."),
    previousExpiresAt: momentOrNull.describe(
      "Time at which the last earlier token stops working after a rotation; null: none works.",
    ),
  };
  const operator = z.object(operatorFields).meta({ id: "Operator" });
  const newOperator = z
    .object({
      ...operatorFields,
      token: z
        .string()
        .regex(/^pdo_[A-Za-z0-9_-]{54}$/)
        .describe("The token itself; shown only in this response."),
    })
    .meta({ id: "NewOperator" });
  const operatorList = z
    .object({ operators: z.array(operator).describe("Operators, newest first."), nextCursor })
    .meta({ id: "OperatorList" });
  const deletedOperator = z
    .object({ operatorId, status: z.literal("deleted").describe("Always `deleted`.") })
    .meta({ id: "DeletedOperator" });
  const operatorSessions = z
    .object({
      sessions: z
        .array(
          z.object({
            sessionId: z.string().describe("Name of the session, which is no credential."),
            createdAt: moment.describe("Time of the sign-in."),
            lastUsedAt: moment.describe("Time of the last use, up to some minutes late."),
            expiresAt: moment.describe("Time at which the session ends if it is not used; later use extends it."),
            current: z.boolean().describe("True for the session of the request."),
          }),
        )
        .describe("Sessions, newest first."),
    })
    .meta({ id: "OperatorSessions" });
  const endedSession = z
    .object({
      sessionId: z.string().describe("Name of the session."),
      ended: z.literal(true).describe("Always true."),
    })
    .meta({ id: "EndedSession" });
  const portalSessions = z
    .object({
      sessions: z
        .array(
          z.object({
            sessionId: z.string().describe("Name of the session, which is no credential."),
            role: z.enum(["viewer", "admin"]).describe("What the person may do."),
            person: z.string().nullable().describe("Name of the person; null: unknown."),
            method: z
              .enum(["link", "key", "email"])
              .describe("How the person signed in: by a link, a key, or a link that was mailed."),
            keyId: z
              .string()
              .nullable()
              .describe("Key that made the link or signed in, with whose text the session ends; null: the operator."),
            createdAt: momentOrNull.describe("Time of the sign-in; null: unknown."),
            lastSeenAt: momentOrNull.describe("Time of the last use, up to ten minutes late; null: unknown."),
            expiresAt: moment.describe("Time at which the session ends."),
            current: z.boolean().describe("True for the session of the request; an operator has none here."),
          }),
        )
        .describe("Sessions that work, newest first."),
      nextCursor,
    })
    .meta({ id: "PortalSessions" });
  const actor = z
    .object({
      id: z
        .string()
        .describe(
          "`root` for `ADMIN_TOKEN`, an operatorId, an e-mail address, or `portal` for an unnamed person of the tenant.",
        ),
      name: z.string().describe("Name of the actor at the time of the event."),
    })
    .meta({ id: "Actor" });
  const auditEntry = z
    .object({
      id: z.int().describe("Unique identifier."),
      at: moment.describe("Time of the event."),
      actor,
      action: z.string().describe("What was done, such as `key.create`."),
      tenantId: z.string().nullable().describe("Tenant of the event; null: none."),
      tenantName: z.string().nullable().describe("Name of that tenant; null: no tenant, or a deleted one."),
      target: z.string().nullable().describe("What the action changed, such as a key's identifier; null: the tenant."),
      before: z.unknown().describe("State before the event."),
      after: z.unknown().describe("State after the event."),
      requestId: z.string().nullable().describe("Identifier of the request; null: none."),
    })
    .meta({ id: "AuditEntry" });
  const auditLog = z
    .object({ entries: z.array(auditEntry).describe("Events, newest first."), nextCursor })
    .meta({ id: "AuditLog" });
  return {
    operator,
    newOperator,
    operatorList,
    deletedOperator,
    operatorSessions,
    endedSession,
    portalSessions,
    auditLog,
  };
}
