/** Operations of the operator on a tenant's portal sessions, end users and client tokens. */
import { ClientTokenParameters, EndUserParameters, PutEndUser } from "../../src/schemas/end-users.ts";
import { PortalSessionParameters } from "../../src/schemas/portal-link.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** Returns these operations. */
export function tenantPeopleOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: people", audience: "operator" } as const;
  const path = "/admin/v1/tenants/{tenantId}";
  return [
    {
      ...shared,
      id: "listPortalSessions",
      method: "get",
      path: `${path}/portal-sessions`,
      summary: "List who is signed in to a tenant's portal",
      query: PortalSessionParameters(),
      response: a.portalSessions,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "endPortalSession",
      method: "delete",
      path: `${path}/portal-sessions/{sessionId}`,
      summary: "End one session of a tenant's portal",
      response: a.endedSession,
      errors: [40002],
    },
    {
      ...shared,
      id: "listEndUsersOfTenant",
      method: "get",
      path: `${path}/end-users`,
      summary: "List a tenant's end users",
      description: "End users that have limits, or whose client tokens created tasks, by name.",
      query: EndUserParameters(),
      response: a.endUserPage,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "getEndUserOfTenant",
      method: "get",
      path: `${path}/end-users/{endUser}`,
      summary: "Get an end user of a tenant",
      description: "An end user that was never seen has no limits and no use.",
      response: a.endUser,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "putEndUserOfTenant",
      method: "put",
      path: `${path}/end-users/{endUser}`,
      summary: "Set the limits of an end user of a tenant",
      description: "Replaces all limits, as the tenant's own call does; a field that is left out means no limit.",
      body: { schema: PutEndUser(), examples: { blocked: { summary: "Block", value: { blocked: true } } } },
      response: a.endUser,
      errors: [30001, 40002, 70006, 70009],
    },
    {
      ...shared,
      id: "listClientTokensOfTenant",
      method: "get",
      path: `${path}/client-tokens`,
      summary: "List a tenant's client tokens",
      description:
        "Tokens that created a task or were ended, until they expire. Other tokens are not stored and are not listed.",
      query: ClientTokenParameters(),
      response: a.clientTokenPage,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "endClientTokenOfTenant",
      method: "delete",
      path: `${path}/client-tokens/{tokenId}`,
      summary: "End a client token of a tenant",
      description: "Takes effect within 10 seconds.",
      response: a.clientTokenEnded,
      errors: [40002, 70001],
    },
  ];
}
