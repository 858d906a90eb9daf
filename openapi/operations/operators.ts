/** Operations on operators (contract section 6, "Operators"). */
import { RotateKey } from "../../src/schemas/keys.ts";
import { CreateOperator, OperatorListParameters, PatchOperator } from "../../src/schemas/operators.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const OPERATOR = {
  operatorId: "opr_9b1c0d2e3f405162",
  name: "Prometheus",
  scopes: ["metrics"],
  status: "active",
  expiresAt: null,
  createdAt: "2026-11-22T11:00:00.000Z",
  rotatedAt: null,
  lastUsedAt: null,
  signedWith: "first",
  previousExpiresAt: null,
};
const NEW_OPERATOR = { ...OPERATOR, token: "pdo_mxwNLj9AUWK5Vb0m9c3k0uXy7wQkRzT8n4aZsE1pLhVdGfJc6BtYiA" };

/** Returns the operations on operators. */
export function operatorOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: operators", audience: "operator" } as const;
  const path = "/admin/v1/operators";
  return [
    {
      ...shared,
      id: "createOperator",
      method: "post",
      path,
      summary: "Create an operator",
      description:
        "Only this response contains `token`; the gateway stores a hash of it. Nobody can give scopes that it does not have " +
        "itself, or a later expiry than its own; `ADMIN_TOKEN` has no such limits. At most 200 operators.",
      body: {
        schema: CreateOperator(),
        examples: { metrics: { summary: "For Prometheus", value: { name: "Prometheus", scopes: ["metrics"] } } },
      },
      response: a.newOperator,
      responseExample: NEW_OPERATOR,
      errors: [30001, 70006],
    },
    {
      ...shared,
      id: "listOperators",
      method: "get",
      path,
      summary: "List operators",
      description: "Newest first. `ADMIN_TOKEN` and people behind Cloudflare Access are not listed.",
      query: OperatorListParameters(),
      response: a.operatorList,
      responseExample: { operators: [OPERATOR], nextCursor: null },
      errors: [30001],
    },
    {
      ...shared,
      id: "getOperator",
      method: "get",
      path: `${path}/{operatorId}`,
      summary: "Get an operator",
      response: a.operator,
      responseExample: OPERATOR,
      errors: [40002],
    },
    {
      ...shared,
      id: "updateOperator",
      method: "patch",
      path: `${path}/{operatorId}`,
      summary: "Change an operator",
      description:
        "Takes effect within 10 seconds. It needs all scopes of the operator, before and after the change. An operator " +
        "cannot change its own scopes or expiry.",
      body: {
        schema: PatchOperator(),
        examples: { scopes: { summary: "Also read", value: { scopes: ["metrics", "read"] } } },
      },
      response: a.operator,
      responseExample: OPERATOR,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "deleteOperator",
      method: "delete",
      path: `${path}/{operatorId}`,
      summary: "Delete an operator",
      description: "Its tokens and its console sessions end within 10 seconds. The audit log keeps its name.",
      response: a.deletedOperator,
      responseExample: { operatorId: OPERATOR.operatorId, status: "deleted" },
      errors: [40002],
    },
    {
      ...shared,
      id: "rotateOperator",
      method: "post",
      path: `${path}/{operatorId}/rotate`,
      summary: "Rotate an operator's token",
      description:
        "The old token keeps working for `overlapSeconds`, and tokens of earlier rotations for as long as promised then. With " +
        "0, or without a body, all earlier tokens and their console sessions end within 10 seconds.",
      body: {
        schema: RotateKey(),
        optional: true,
        examples: { day: { summary: "Both tokens work for one day", value: { overlapSeconds: 86400 } } },
      },
      response: a.newOperator,
      responseExample: NEW_OPERATOR,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "listOperatorSessions",
      method: "get",
      path: `${path}/{operatorId}/sessions`,
      summary: "List an operator's console sessions",
      description: "Newest first, at most 20. `root` stands for `ADMIN_TOKEN`.",
      response: a.operatorSessions,
      errors: [40002],
    },
    {
      ...shared,
      id: "endOperatorSession",
      method: "delete",
      path: `${path}/{operatorId}/sessions/{sessionId}`,
      summary: "End one console session of an operator",
      description: "Takes effect within 10 seconds. `root` stands for `ADMIN_TOKEN`.",
      response: a.endedSession,
      errors: [40002],
    },
    {
      ...shared,
      id: "endOperatorSessions",
      method: "delete",
      path: `${path}/{operatorId}/sessions`,
      summary: "End all console sessions of an operator",
      description: "Takes effect within 10 seconds. `root` stands for `ADMIN_TOKEN`.",
      response: a.portalSessionsEnded,
      responseExample: { ended: 2 },
      errors: [40002],
    },
  ];
}
