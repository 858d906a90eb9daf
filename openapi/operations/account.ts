/** Operations on the tenant itself and on client tokens (contract section 4). */
import { CreateClientToken, UsageParameters } from "../../src/schemas/account.ts";
import { CreatePortalLink } from "../../src/schemas/portal-link.ts";
import type { Operation, RawResponse } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** The response to `Accept: text/csv`. */
export const CSV_RESPONSE: RawResponse = {
  description: "JSON, or CSV if `Accept` prefers CSV",
  content: { "text/csv": { schema: { type: "string" }, example: "day,tasks,credits\r\n2026-11-22,12,74\r\n" } },
};

const USAGE = {
  groupBy: "day",
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-22T23:59:59.999Z",
  rows: [{ day: "2026-11-22", tasks: 12, credits: 74, completed: 10, failed: 1, cancelled: 0, running: 1 }],
  nextCursor: null,
};

/** An example of a statement. */
export const STATEMENT = {
  tenantId: "ten_0f3a9c1b5d7e2468ace0",
  name: "Acme Films",
  month: "2026-11",
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-30T23:59:59.999Z",
  closed: true,
  openingBalance: 100,
  charges: -74,
  credits: 900,
  closingBalance: 926,
  tasks: 12,
  lines: [
    {
      day: "2026-11-02",
      kind: "credit",
      model: null,
      tasks: 0,
      credits: 900,
      entryId: 230612834934784,
      note: "invoice 2026-11-001",
    },
    {
      day: "2026-11-22",
      kind: "charge",
      model: "Imagen Nano Banana 2",
      tasks: 12,
      credits: -74,
      entryId: null,
      note: null,
    },
  ],
};

/** What a statement contains, for its description. */
export const STATEMENT_DESCRIPTION =
  "The ledger of one calendar month (UTC), summed: opening balance + charges + credits = closing balance, which is the " +
  "sum of the ledger at `to`. An entry belongs to the month in which it was made, so a refund of a task of an earlier month is " +
  "in the month of the refund. The running month ends now. Months that have not begun, and those before the tenant was " +
  "created, are 40002. Computed from daily sums, whatever the number of tasks.";

/** Returns the operations on a tenant's account, usage and models. */
export function accountOperations(a: Responses): Operation[] {
  return [
    {
      id: "getAccount",
      method: "get",
      path: "/api/v1/account",
      tag: "Account",
      summary: "Get balance, limits and this month's usage",
      audience: "secret",
      scope: "read",
      response: a.account,
      responseExample: {
        tenantId: "ten_0f3a9c1b5d7e2468ace0",
        name: "Acme Films",
        status: "active",
        billing: "prepaid",
        balance: 926,
        runningTasks: 1,
        limits: {
          requestsPerMinute: 60,
          concurrentTasks: 10,
          monthlyCredits: null,
          models: null,
          retentionDays: 30,
          lowBalance: 100,
        },
        usage: { month: "2026-11", tasks: 12, credits: 74 },
        key: {
          keyId: "key_9b1c0d2e3f405162",
          name: "production",
          scopes: ["generate", "read", "files", "tokens", "webhooks"],
          models: null,
          requestsPerMinute: null,
          monthlyCredits: null,
          monthCredits: 74,
          concurrentTasks: null,
          expiresAt: null,
        },
      },
    },
    {
      id: "getUsage",
      method: "get",
      path: "/api/v1/usage",
      tag: "Account",
      summary: "Get usage by day, model, key or end user",
      description:
        "A task counts for the day (UTC) of its submission. Without `from` and `to` the range is the current calendar " +
        "month. Without `limit` the response contains all rows.",
      audience: "secret",
      scope: "read",
      query: UsageParameters(),
      headers: ["accept"],
      response: a.usage,
      responseExample: USAGE,
      otherResponses: [CSV_RESPONSE],
      errors: [30001],
    },
    {
      id: "getStatement",
      method: "get",
      path: "/api/v1/statements/{month}",
      tag: "Account",
      summary: "Get the statement of a month",
      description: STATEMENT_DESCRIPTION,
      audience: "secret",
      scope: "read",
      headers: ["accept"],
      response: a.statement,
      responseExample: STATEMENT,
      otherResponses: [CSV_RESPONSE],
      errors: [30001, 40002],
    },
    {
      id: "listModels",
      method: "get",
      path: "/api/v1/models",
      tag: "Account",
      summary: "List models and prices",
      description:
        "Models that this credential may use, with their generation methods, the ranges of their parameters and known prices. A " +
        "request without a known price holds at least `defaultHoldCredits` until the upstream returns its price.",
      audience: "key-or-token",
      scope: "read",
      response: a.models,
      errors: [30001],
    },
    {
      id: "createOwnPortalLink",
      method: "post",
      path: "/api/v1/portal-links",
      tag: "Account",
      summary: "Create a link that signs a person in to the portal",
      description:
        "The link works once, within 15 minutes, and the session lasts 12 hours. Without `role` the person only reads. `portal` is " +
        "not among a key's default scopes.",
      audience: "secret",
      scope: "portal",
      body: {
        schema: CreatePortalLink(),
        optional: true,
        examples: {
          viewer: {
            summary: "Read only",
            value: { role: "viewer", person: "Support desk", returnUrl: "https://app.example/account" },
          },
        },
      },
      response: a.portalLink,
      responseExample: {
        url: "https://gateway.example/portal?code=ppl_DzqcG11-JGis4HR9kQ2w",
        expiresAt: "2026-11-22T11:15:00.000Z",
      },
      errors: [30001, 70006],
    },
    {
      id: "createClientToken",
      method: "post",
      path: "/api/v1/client-tokens",
      tag: "Client tokens",
      summary: "Create a client token",
      description:
        "A credential for one end user that is safe in a browser: it submits, follows and lists only that end user's tasks, " +
        "within an allowance of its own. Without `requestsPerMinute` and `concurrentTasks` an end user may use half of the " +
        "tenant's limits. The token ends with the text of the key that created it: at a rotation without overlap, at expiry or " +
        "at revocation.",
      audience: "secret",
      scope: "tokens",
      body: {
        schema: CreateClientToken(),
        optional: true,
        examples: {
          user: {
            summary: "One end user, ten tasks, one hour",
            value: {
              endUser: "user-81",
              expiresInSeconds: 3600,
              maxTasks: 10,
              allowedOrigins: ["https://app.example"],
            },
          },
        },
      },
      response: a.clientToken,
      responseExample: {
        token: "pdt_eyJ0IjoidGVuXzBmM2E5YzFiNWQ3ZTI0NjhhY2UwIn0.…",
        tokenId: "tok_5d41402abc4b2a76",
        expiresAt: "2026-11-22T12:01:32.000Z",
      },
      errors: [30001, 70006, 70009],
    },
    {
      id: "getClientToken",
      method: "get",
      path: "/api/v1/client-token",
      tag: "Client tokens",
      summary: "Get the client token and its allowance",
      description: "End user, expiry and allowance of the token that sends the request.",
      audience: "token",
      response: a.clientTokenView,
      responseExample: {
        endUser: "user-81",
        expiresAt: "2026-11-22T12:01:32.000Z",
        tasks: { used: 3, max: 10 },
        credits: { used: 21, max: null },
      },
    },
    {
      id: "endClientToken",
      method: "delete",
      path: "/api/v1/client-tokens/{tokenId}",
      tag: "Client tokens",
      summary: "End a client token",
      description:
        "The token stops working within 10 seconds, and its open event streams end. Tokens are not stored, so every token id is " +
        "accepted.",
      audience: "secret",
      scope: "tokens",
      response: a.clientTokenEnded,
      responseExample: { tokenId: "tok_5d41402abc4b2a76", ended: true },
      errors: [40002],
    },
  ];
}
