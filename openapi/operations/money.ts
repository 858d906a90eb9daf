/** Operations of the operator on credits, prices, usage, totals and the audit log (contract section 6). */
import { AddCredits, LedgerParameters, OverviewParameters, UsageParameters } from "../../src/schemas/account.ts";
import { MarginParameters, UpstreamPriceParameters } from "../../src/schemas/margins.ts";
import { AuditParameters } from "../../src/schemas/operators.ts";
import { PutPrices } from "../../src/schemas/prices.ts";
import { TaskListParameters } from "../../src/schemas/task-list.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";
import { CSV_RESPONSE, STATEMENT, STATEMENT_DESCRIPTION } from "./account.ts";

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
      summary: "Add or deduct credits",
      description: "Adds one entry to the ledger. With an `X-Idempotency-Key` a retry books nothing twice.",
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
      summary: "Get a tenant's ledger",
      description:
        "Newest first. Entries never change, and they always sum to the balance. With `groupBy=task` the response also has `groups`: all " +
        "entries of a task on the page as one group with their sum, and the balances before and after the page. A task whose entries " +
        "are on two pages is on both. With `kind`, a page may be short, even empty, and still have a next one.",
      query: LedgerParameters(),
      response: a.ledger,
      responseExample: { entries: [ENTRY], nextCursor: null },
    },
    {
      ...shared,
      ...list,
      id: "getTenantStatement",
      method: "get",
      path: `${tenant}/statements/{month}`,
      summary: "Get a tenant's statement of a month",
      description: STATEMENT_DESCRIPTION,
      response: a.statement,
      responseExample: STATEMENT,
    },
    {
      ...shared,
      ...list,
      id: "listTenantTasks",
      method: "get",
      path: `${tenant}/tasks`,
      summary: "List a tenant's tasks with their credits",
      description: "Newest first, with the filters of `GET /api/v1/tasks`.",
      query: TaskListParameters(),
      filtersMetadata: true,
      response: a.operatorTaskList,
    },
    {
      ...shared,
      id: "getTenantTask",
      method: "get",
      path: `${tenant}/tasks/{taskId}`,
      summary: "Get everything about one task",
      description:
        "The task as the tenant sees it, the request as it was sent, its ledger entries and deliveries, oldest first, and a time " +
        "line: `accepted` by the gateway, `submitted` (accepted upstream), `polls` with their `count` and the time of the last, " +
        "`copied` for each `file`, `ended` with its `status`, `delivered` for each webhook that the receiver accepted. Events of tasks of " +
        "release 0.1 may be missing, and a restart may lose some of the polls' `count`.",
      response: a.taskStory,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "deleteTenantTask",
      method: "delete",
      path: `${tenant}/tasks/{taskId}`,
      summary: "Delete a finished task of a tenant",
      description:
        "Deletes the task and its files; their URLs then return 410. A running task cannot be deleted. Its ledger entries stay.",
      response: a.deletedTask,
      responseExample: { taskId: 230612834934784 },
      errors: [40002, 70005],
    },
    {
      ...shared,
      ...list,
      id: "getTenantUsage",
      method: "get",
      path: `${tenant}/usage`,
      summary: "Get a tenant's usage",
      description: "The same as the tenant's `GET /api/v1/usage`.",
      query: UsageParameters(),
      response: a.usage,
    },
    {
      ...shared,
      id: "getPrices",
      method: "get",
      path: "/admin/v1/prices",
      summary: "Get the price list for all tenants",
      response: a.prices,
      errors: [30001],
    },
    {
      ...shared,
      id: "putPrices",
      method: "put",
      path: "/admin/v1/prices",
      summary: "Set the price list for all tenants",
      description:
        "Replaces the list. A rule sets the price, without markup, of every request that has all the values of the rule. A " +
        "field that the rule omits matches any value; null matches a request without the field. A tenant's own `prices` come " +
        "first.",
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
    {
      ...shared,
      id: "getPriceRollout",
      method: "get",
      path: "/admin/v1/prices/rollout",
      summary: "Get how far the price list for all tenants has come",
      description:
        "A new list is sent to all tenants in the background. A tenant uses the earlier one until it has the new one.",
      response: a.priceRollout,
      errors: [30001],
    },
    {
      ...shared,
      id: "listUpstreamPrices",
      method: "get",
      path: "/admin/v1/upstream-prices",
      summary: "List the upstream's known prices",
      description: "What the upstream last said a documented shape of request costs, to any tenant.",
      query: UpstreamPriceParameters(),
      response: a.upstreamPrices,
      errors: [30001],
    },
    {
      ...shared,
      id: "getMargins",
      method: "get",
      path: "/admin/v1/margins",
      summary: "Get revenue, cost and margin by day, tenant or model",
      description:
        "A task counts for the day (UTC) on which it completed. Without `from` the range is the last 30 days up to `to`; at most 400 days. Figures " +
        "are at most about a minute old. A task for which the upstream named no price has no cost.",
      query: MarginParameters(),
      headers: ["accept"],
      otherResponses: [CSV_RESPONSE],
      response: a.margins,
      errors: [30001],
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
      summary: "Get totals over all tenants",
      description: "The totals are at most about a minute old.",
      query: OverviewParameters(),
      response: a.overview,
      errors: [30001],
    },
    {
      ...shared,
      id: "listAudit",
      path: "/admin/v1/audit",
      summary: "List audit events",
      description:
        "Changes by operators and by people in the tenants' portals, newest first. Events never contain a key or a token.",
      query: AuditParameters(),
      headers: ["accept"],
      otherResponses: [CSV_RESPONSE],
      response: a.auditLog,
      errors: [30001],
    },
    {
      ...shared,
      id: "getMetrics",
      path: "/metrics",
      summary: "Get metrics",
      response: [
        {
          description: "Metrics in the Prometheus text format",
          content: {
            "text/plain": {
              schema: { type: "string" },
              example: "# TYPE paddock_directory_up gauge\npaddock_directory_up 1\n",
            },
          },
        },
      ],
    },
  ];
}
