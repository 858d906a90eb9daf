/** Operations of the operator on tenants (contract section 6). */
import { CreateTenant, PatchTenant, RestoreTenant, SearchParameters } from "../../src/schemas/operator.ts";
import { CreatePortalLink } from "../../src/schemas/portal-link.ts";
import { TenantCountParameters, TenantListParameters, TenantSummaryParameters } from "../../src/schemas/tenant-list.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";
import { CSV_RESPONSE } from "./account.ts";

const TENANT = {
  tenantId: "ten_0f3a9c1b5d7e2468ace0",
  name: "Acme Films",
  status: "active",
  billing: "prepaid",
  markup: 1.25,
  requestsPerMinute: 60,
  concurrentTasks: 10,
  monthlyCredits: null,
  models: null,
  retentionDays: 30,
  filesVisibility: "public",
  lowBalance: 100,
  prices: null,
  externalId: "crm-4711",
  metadata: null,
  note: null,
  portalEmails: { "ann@example.com": "admin" },
  region: "weur",
  createdAt: "2026-11-22T11:00:00.000Z",
  lastActiveAt: null,
  balance: 1000,
  runningTasks: 0,
  webhook: null,
};

/** Returns the operator's operations on tenants. */
export function tenantOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: tenants", audience: "operator" } as const;
  return [
    {
      ...shared,
      id: "createTenant",
      method: "post",
      path: "/admin/v1/tenants",
      summary: "Create a tenant",
      description:
        "Only `name` is required. An unknown setting is rejected. Money settings also need the operator's scope `billing`. Send an `X-Idempotency-Key`, so that a retry within 24 hours " +
        "returns the same tenant. A taken `externalId` is refused with 70010; deleting its tenant frees it.",
      headers: ["tenantIdempotencyKey"],
      responseHeaders: ["Idempotent-Replayed"],
      body: {
        schema: CreateTenant(),
        examples: { prepaid: { summary: "Prepaid", value: { name: "Acme Films", billing: "prepaid", markup: 1.25 } } },
      },
      response: a.tenant,
      responseExample: TENANT,
      errors: [30001, 70003, 70006, 70010],
    },
    {
      ...shared,
      id: "listTenants",
      method: "get",
      path: "/admin/v1/tenants",
      summary: "List tenants",
      description:
        "`q` matches part of a name, of an identifier or of an `externalId`, ignoring case. A page may contain fewer tenants than " +
        "`limit` and still have a next one. While you page, a tenant whose balance or latest task changes is left out of later " +
        "pages of a list sorted by it. A tenant whose storage does not respond is listed with `unavailable: true` and its figures " +
        "as last reported. As CSV the list has the columns of the summaries.",
      query: TenantListParameters(),
      headers: ["accept"],
      otherResponses: [CSV_RESPONSE],
      response: a.tenantList,
      responseExample: { tenants: [TENANT], nextCursor: null },
      errors: [30001],
    },
    {
      ...shared,
      id: "listTenantSummaries",
      method: "get",
      path: "/admin/v1/tenant-summaries",
      summary: "List tenants without their settings",
      description:
        "The same list from the tenants' reports alone, at most about a minute old: up to 500 tenants a page, and no tenant's storage is " +
        "woken.",
      query: TenantSummaryParameters(),
      headers: ["accept"],
      otherResponses: [CSV_RESPONSE],
      response: a.tenantSummaries,
      errors: [30001],
    },
    {
      ...shared,
      id: "countTenants",
      method: "get",
      path: "/admin/v1/tenant-counts",
      summary: "Count tenants by each filter of their list",
      query: TenantCountParameters(),
      response: a.tenantCounts,
      errors: [30001],
    },
    {
      ...shared,
      id: "search",
      method: "get",
      path: "/admin/v1/search",
      summary: "Find where something belongs",
      description:
        "Finds a tenant by a part of its name or id; a key by its id, by the first digits of its id, or by the first 30 characters of " +
        "its text (never put a whole key into a URL); a task by its id or number, or by the `webhook-id` of its event; a result or an " +
        "uploaded reference by its URL. Asks at most 200 tenants, for at most some seconds; `incomplete` is true if that was not all. " +
        "What is deleted is not found.",
      query: SearchParameters(),
      response: a.search,
      responseExample: {
        results: [
          {
            kind: "task",
            tenantId: TENANT.tenantId,
            tenantName: TENANT.name,
            taskId: 230612834934784,
            taskNo: "5f3c9a81e07b64d21200d1bd8f2c0000",
            model: "Imagen Nano Banana 2",
            status: 2,
            createdAt: "2026-11-22T11:00:00.000Z",
          },
        ],
        incomplete: false,
      },
      errors: [30001],
    },
    {
      ...shared,
      id: "getTenant",
      method: "get",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "Get a tenant with its balance",
      description:
        "With `unavailable: true` and its figures as last reported while the tenant's storage does not respond.",
      response: a.knownTenant,
      responseExample: TENANT,
      errors: [40002],
    },
    {
      ...shared,
      id: "updateTenant",
      method: "patch",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "Change a tenant's settings",
      description:
        "Settings that the body omits stay unchanged. Changing `billing`, `markup`, `monthlyCredits`, `lowBalance` or `prices` needs " +
        "the operator's scope `billing`, all other settings `tenants`. `status: suspended` stops submissions at once and reads within 10 " +
        "seconds; webhooks and file URLs continue. Tasks that run upstream continue to their end; tasks that are not submitted " +
        "yet wait until the tenant is active again. While the tenant's storage does not respond, a change of `status` alone is recorded, " +
        "returned with `unavailable: true`, and takes effect within 30 seconds of its return.",
      body: {
        schema: PatchTenant(),
        examples: { suspend: { summary: "Suspend", value: { status: "suspended" } } },
      },
      response: a.knownTenant,
      responseExample: TENANT,
      errors: [30001, 40002, 70006, 70010],
    },
    {
      ...shared,
      id: "deleteTenant",
      method: "delete",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "Delete a tenant with all its data",
      description:
        "Keys stop working at once. Files are deleted, and their URLs return 410, within 10 seconds. This cannot be undone. " +
        "While the tenant's storage does not respond, the deletion is recorded and carried out on its return.",
      response: a.deletedTenant,
      responseExample: { tenantId: TENANT.tenantId, status: "deleted" },
      errors: [40002],
    },
    {
      ...shared,
      id: "exportTenant",
      method: "get",
      path: "/admin/v1/tenants/{tenantId}/export",
      summary: "Export a tenant",
      description:
        "JSON lines: the tenant, its keys without their texts, its end users with limits or a block, its ledger and tasks, newest first, and a last line `end` with counts, " +
        "sums and the prefixes of its files in R2. An export without that line is incomplete.",
      response: [
        {
          description: "JSON lines, streamed",
          content: {
            "application/x-ndjson": {
              schema: { type: "string" },
              example: '{"type":"tenant","format":1,"tenant":{"tenantId":"ten_0f3a9c1b5d7e2468ace0"}}\n',
            },
          },
        },
      ],
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "previewRestore",
      method: "post",
      path: "/admin/v1/tenants/{tenantId}/restore",
      summary: "List what happened since a moment",
      description:
        "What a restore to that moment would lose, as far as today's tables show it. A dry run only: the gateway never restores, " +
        "because accepted tasks and charges would be lost.",
      body: {
        schema: RestoreTenant(),
        examples: { morning: { summary: "Since a moment", value: { at: "2026-11-22T09:00:00Z", dryRun: true } } },
      },
      response: a.restorePreview,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "createPortalLink",
      method: "post",
      path: "/admin/v1/tenants/{tenantId}/portal-links",
      summary: "Create a link that signs a person in to the tenant's portal",
      description:
        "The link works once, within 15 minutes. Opening it shows a button; only pressing the button uses up the link, so link " +
        "previews do no harm. The session lasts 12 hours and is read-only for a `viewer` and while the tenant is suspended. Without " +
        "`role` the link is for an `admin`.",
      body: {
        schema: CreatePortalLink(),
        optional: true,
        examples: { viewer: { summary: "Read only", value: { role: "viewer", person: "Support desk" } } },
      },
      response: a.portalLink,
      responseExample: {
        url: "https://gateway.example/portal?code=ppl_DzqcG11-JGis4HR9kQ2w",
        expiresAt: "2026-11-22T11:15:00.000Z",
      },
      errors: [30001, 40002, 70001, 70006],
    },
    {
      ...shared,
      id: "endPortalSessions",
      method: "delete",
      path: "/admin/v1/tenants/{tenantId}/portal-sessions",
      summary: "End all portal sessions of a tenant",
      description: "Ends all sessions and unused links at once.",
      response: a.portalSessionsEnded,
      responseExample: { ended: 2 },
      errors: [40002],
    },
  ];
}
