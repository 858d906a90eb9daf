/** Bodies and parameters of the calls about money: client tokens, usage, ledger, credits, overview, audit. */
import * as z from "zod";
import { monthStart } from "../domain/calendar.ts";
import { MODELS } from "../domain/catalogue.ts";
import { parseTenantId } from "../domain/key-format.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { decodeBase64Url, decodeUtf8Strict, encodeBase64Url, utf8 } from "../lib/bytes.ts";
import { once } from "../lib/once.ts";
import type { UsageGroup } from "../tenant/store/usage.ts";
import { plainText, wholeNumber } from "./fields.ts";
import { origin } from "./operator.ts";
import { idCursor, inOrder, limit, timeRange } from "./task-list.ts";

const DAY_MS = 86_400_000;
const MAX_TOKEN_SECONDS = 86_400;
const DEFAULT_TOKEN_SECONDS = 3_600;
/** Far above any real balance, and far enough below 2^53 that a thousand such entries still add up exactly. */
const MAX_ENTRY = 1_000_000_000_000;

/** Unknown fields are refused: a misspelt bound must not silently be no bound. */
export const CreateClientToken = once(() =>
  z
    .strictObject({
      expiresInSeconds: wholeNumber(1, MAX_TOKEN_SECONDS)
        .nullable()
        .default(DEFAULT_TOKEN_SECONDS)
        .describe("Lifetime of the token in seconds."),
      endUser: plainText(200)
        .min(1, "must not be empty")
        .nullable()
        .default(null)
        .describe("End user whose tasks the token sees and creates; null: only the token's own tasks."),
      maxTasks: wholeNumber(0, 1_000_000_000)
        .nullable()
        .default(null)
        .describe("Maximum number of tasks; null: no limit."),
      maxCredits: wholeNumber(0, Number.MAX_SAFE_INTEGER)
        .nullable()
        .default(null)
        .describe("Maximum credits of all its tasks together; null: no limit."),
      requestsPerMinute: wholeNumber(1, 10_000_000)
        .nullable()
        .default(null)
        .describe("Maximum number of requests per minute of the end user; null: half of the tenant's limit."),
      concurrentTasks: wholeNumber(1, 1_000_000)
        .nullable()
        .default(null)
        .describe("Maximum number of tasks of the end user at the same time; null: half of the tenant's limit."),
      models: z
        .array(
          z.enum(
            MODELS.map((model) => model.name),
            "is not a model",
          ),
        )
        .min(1, "needs at least one model")
        .max(20)
        .nullable()
        .default(null)
        .describe("Models that the token may use; null: those of its key."),
      allowedOrigins: z
        .array(origin())
        .min(1, "needs at least one origin")
        .max(20)
        .nullable()
        .default(null)
        .describe("Origins from which the token works; null: those of its key, or any if the key lists none."),
    })
    .transform((given) => ({ ...given, expiresInSeconds: given.expiresInSeconds ?? DEFAULT_TOKEN_SECONDS }))
    .meta({ id: "CreateClientToken" }),
);

/** The body of `POST …/credits`. */
export const AddCredits = once(() =>
  z
    .strictObject({
      credits: wholeNumber(-MAX_ENTRY, MAX_ENTRY)
        .refine((credits) => credits !== 0, "must not be 0")
        .describe("Credits to add; negative: to deduct."),
      note: plainText(500).nullable().default(null).describe("Reason, shown in the ledger."),
    })
    .meta({ id: "AddCredits" }),
);

/** Cursor of usage: the value after which the next page begins, as opaque text. */
const usageCursor = once(() =>
  z.string().transform((text, context) => {
    const bytes = decodeBase64Url(text);
    const value = bytes && decodeUtf8Strict(bytes);
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: "is not a cursor of this list" });
    return z.NEVER;
  }),
);

/** Parameters of usage. */
export const UsageParameters = once(() =>
  inOrder(
    z.strictObject({
      ...timeRange(),
      groupBy: z
        .enum(["day", "model", "key", "endUser"], "must be day, model, key or endUser")
        .default("day")
        .describe("Group of each row."),
      limit: limit().unwrap().optional().describe("Maximum number of rows; all rows if omitted."),
      cursor: usageCursor().optional().describe("`nextCursor` of the previous page."),
    }),
  ),
);

/** A query of usage as the routes use it; without a limit all rows are wanted. */
export interface UsageRequest {
  readonly from: number;
  readonly to: number;
  readonly groupBy: UsageGroup;
  readonly after: string | number | null;
  readonly limit: number | null;
}

/** @param now ms since epoch: without `from` and `to` the range is the present calendar month (UTC) */
export function usageParameters(now: number) {
  return UsageParameters().transform(({ from, to, groupBy, cursor, limit: pageSize }): UsageRequest => {
    const end = to ?? (Math.floor(Math.max(now, from ?? 0) / DAY_MS) + 1) * DAY_MS - 1;
    return {
      from: from ?? monthStart(Math.min(now, end)),
      to: end,
      groupBy,
      after: cursor === undefined ? null : groupBy === "day" ? Number(cursor) : cursor,
      limit: pageSize ?? null,
    };
  });
}

/** The cursor for the page after the row with this value. */
export function formatUsageCursor(value: string | number): string {
  return encodeBase64Url(utf8(String(value)));
}

const taskIdText = once(() =>
  z.string().transform((text, context) => {
    const taskId = parseTaskId(text);
    if (taskId !== null) return taskId;
    context.addIssue({ code: "custom", message: "is not a taskId" });
    return z.NEVER;
  }),
);

/** Parameters of the ledger. */
export const LedgerParameters = once(() =>
  inOrder(
    z.strictObject({
      ...timeRange(),
      taskId: taskIdText().optional().describe("Only entries of this task."),
      limit: limit(),
      cursor: idCursor().optional(),
    }),
  ),
);

/** Parameters of the overview. */
export const OverviewParameters = once(() =>
  z.strictObject({
    days: z
      .string()
      .regex(/^\d{1,3}$/, "must be 1 to 366")
      .transform(Number)
      .refine((days) => days >= 1 && days <= 366, "must be 1 to 366")
      .meta({ type: "integer", minimum: 1, maximum: 366, default: 30 })
      .default(30)
      .describe("Number of days, up to today."),
  }),
);

/** Parameters of the audit log. */
export const AuditParameters = once(() =>
  z.strictObject({
    tenantId: z
      .string()
      .refine((text) => parseTenantId(text) !== null, "is not a tenantId")
      .optional()
      .describe("Only events of this tenant."),
    limit: limit(),
    cursor: idCursor().optional(),
  }),
);
