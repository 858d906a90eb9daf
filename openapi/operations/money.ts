/** The operator's view of money and of everything at once (contract section 6). */
import {
  AddCredits,
  AuditParameters,
  LedgerParameters,
  OverviewParameters,
  UsageParameters,
} from "../../src/schemas/account.ts";
import { PutPrices } from "../../src/schemas/prices.ts";
import { TaskListParameters } from "../../src/schemas/task-list.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";
import { CSV_RESPONSE } from "./account.ts";

const ENTRY = {
  entryId: 230612834934784,
  at: "2026-11-22T11:01:32.000Z",
  kind: "credit",
  credits: 1000,
  balance: 1000,
  taskId: null,
  keyId: null,
  model: null,
  endUser: null,
  note: "invoice 2026-11-001",
};

/** Returns the operator's operations on credits, ledger and prices. */
export function moneyOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: money", audience: "operator" } as const;
  const list = { headers: ["accept"], otherResponses: [CSV_RESPONSE], errors: [30001, 40002] } as const;
  const tenant = "/admin/v1/tenants/{tenantId}";
  return [
    {
      ...shared,
      id: "addCredits",
      method: "post",
      path: `${tenant}/credits`,
      summary: "Give or take credits",
      description:
        "One entry of the ledger, positive or negative. Send an `X-Idempotency-Key`, so that a retry books nothing twice.",
      headers: ["creditKey"],
      body: {
        schema: AddCredits(),
        examples: { topUp: { summary: "Top up", value: { credits: 1000, note: "invoice 2026-11-001" } } },
      },
      response: a.ledgerEntry,
      responseExample: ENTRY,
      responseHeaders: ["Idempotent-Replayed"],
      errors: [30001, 40002, 70003, 70006],
    },
    {
      ...shared,
      ...list,
      id: "getLedger",
      method: "get",
      path: `${tenant}/ledger`,
      summary: "A tenant's ledger",
      description: "Newest first. Entries are never changed; they always sum to the balance.",
      query: LedgerParameters(),
      response: a.ledger,
      responseExample: { entries: [ENTRY], nextCursor: null },
    },
    {
      ...shared,
      ...list,
      id: "listTenantTasks",
      method: "get",
      path: `${tenant}/tasks`,
      summary: "A tenant's tasks, with their money",
      query: TaskListParameters(),
      response: a.operatorTaskList,
    },
    {
      ...shared,
      ...list,
      id: "getTenantUsage",
      method: "get",
      path: `${tenant}/usage`,
      summary: "A tenant's usage",
      description: "As the tenant's own `GET /api/v1/usage`.",
      query: UsageParameters(),
      response: a.usage,
    },
    {
      ...shared,
      id: "getPrices",
      method: "get",
      path: "/admin/v1/prices",
      summary: "The price list for all tenants",
      response: a.prices,
    },
    {
      ...shared,
      id: "putPrices",
      method: "put",
      path: "/admin/v1/prices",
      summary: "Set the price list for all tenants",
      description:
        "Replaces the list. A rule is the final price, markup or not, of every request that has all the values it names; a " +
        "field left out matches anything, null a request that leaves it out. A tenant's own `prices` come first.",
      body: {
        schema: PutPrices(),
        examples: {
          list: {
            summary: "4K images cost 8",
            value: { prices: [{ model: "Imagen Nano Banana 2", size: "4K", imageCount: 1, credits: 8 }] },
          },
        },
      },
      response: a.prices,
      errors: [30001, 70006],
    },
  ];
}

/** Returns the operator's operations on usage, overview, metrics and the audit log. */
export function insightOperations(a: Responses): Operation[] {
  const shared = { method: "get", tag: "Operator: insight", audience: "operator" } as const;
  return [
    {
      ...shared,
      id: "getOverview",
      path: "/admin/v1/overview",
      summary: "Totals of all tenants",
      description: "What tenants have reported, at most about a minute old.",
      query: OverviewParameters(),
      response: a.overview,
      errors: [30001],
    },
    {
      ...shared,
      id: "listAudit",
      path: "/admin/v1/audit",
      summary: "Who did what when",
      description: "Newest first; what the operator did, and people of tenants in their portal. Never has a key in it.",
      query: AuditParameters(),
      response: a.auditLog,
      errors: [30001],
    },
    {
      ...shared,
      id: "getMetrics",
      path: "/metrics",
      summary: "Metrics for Prometheus",
      response: [{ description: "Prometheus text format", content: { "text/plain": { schema: { type: "string" } } } }],
    },
  ];
}
