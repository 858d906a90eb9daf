/** Bodies and parameters of the calls about money: client tokens, usage, ledger, credits, overview. */
import * as z from "zod/mini";
import { DAY_MS, dayNumber, monthStart } from "../domain/calendar.ts";
import { ENTRY_KINDS } from "../domain/ledger.ts";
import { parseMonth } from "../domain/statement.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { once } from "../lib/once.ts";
import type { UsageGroup } from "../tenant/store/usage.ts";
import { idCursor, NO_CURSOR, nextPage, valueCursor } from "./cursors.ts";
import { endUserName } from "./end-users.ts";
import { modelName, nullByDefault, parsedText, plainText, wholeNumber } from "./fields.ts";
import { origin } from "./keys.ts";
import { inOrder, limit, pageSize, queryDefault, queryNumber, timeRange } from "./task-list.ts";

const MAX_TOKEN_SECONDS = 86_400;
const DEFAULT_TOKEN_SECONDS = 3_600;
/** Far above any real balance, and far enough below 2^53 that a thousand such entries still add up exactly. */
const MAX_ENTRY = 1_000_000_000_000;

/** Unknown fields are refused: a misspelt bound must not silently be no bound. */
export const CreateClientToken = once(() =>
  z
    .pipe(
      z.strictObject({
        expiresInSeconds: z
          ._default(z.nullable(wholeNumber(1, MAX_TOKEN_SECONDS)), DEFAULT_TOKEN_SECONDS)
          .check(z.describe("Lifetime of the token in seconds.")),
        endUser: nullByDefault(endUserName()).check(
          z.describe("End user whose tasks the token sees and creates; null: only the token's own tasks."),
        ),
        maxTasks: nullByDefault(wholeNumber(0, 1_000_000_000)).check(
          z.describe("Maximum number of tasks; null: no limit."),
        ),
        maxCredits: nullByDefault(wholeNumber(0, Number.MAX_SAFE_INTEGER)).check(
          z.describe("Maximum credits of all its tasks together; null: no limit."),
        ),
        requestsPerMinute: nullByDefault(wholeNumber(1, 10_000_000)).check(
          z.describe("Maximum number of requests per minute of the end user; null: half of the tenant's limit."),
        ),
        concurrentTasks: nullByDefault(wholeNumber(1, 1_000_000)).check(
          z.describe("Maximum number of tasks of the end user at the same time; null: half of the tenant's limit."),
        ),
        models: nullByDefault(
          z.array(modelName()).check(z.minLength(1, "needs at least one model"), z.maxLength(20)),
        ).check(z.describe("Models that the token may use; null: those of its key.")),
        allowedOrigins: nullByDefault(
          z.array(origin()).check(z.minLength(1, "needs at least one origin"), z.maxLength(20)),
        ).check(
          z.describe("Origins from which the token works; null: those of its key, or any if the key lists none."),
        ),
      }),
      z.transform((given) => ({ ...given, expiresInSeconds: given.expiresInSeconds ?? DEFAULT_TOKEN_SECONDS })),
    )
    .check(z.meta({ id: "CreateClientToken" })),
);

/** The body of `POST …/credits`. */
export const AddCredits = once(() =>
  z
    .strictObject({
      credits: wholeNumber(-MAX_ENTRY, MAX_ENTRY).check(
        z.refine((credits) => credits !== 0, "must not be 0"),
        z.describe("Credits to add; negative: to deduct."),
      ),
      note: nullByDefault(plainText(500)).check(z.describe("Reason, shown in the ledger.")),
    })
    .check(z.meta({ id: "AddCredits" })),
);

/** Parameters of usage. */
export const UsageParameters = once(() =>
  inOrder(
    z.strictObject({
      ...timeRange(),
      groupBy: z
        ._default(z.enum(["day", "model", "key", "endUser"], "must be day, model, key or endUser"), "day")
        .check(z.describe("Group of each row.")),
      limit: z.optional(pageSize()).check(z.describe("Maximum number of rows; all rows if omitted.")),
      cursor: nextPage(valueCursor()),
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
  return z.pipe(
    UsageParameters(),
    z.transform(({ from, to, groupBy, cursor, limit: rows }, { issues }): UsageRequest => {
      if (groupBy === "day" && cursor !== undefined && !/^\d{1,6}$/.test(cursor)) {
        issues.push({ code: "custom", path: ["cursor"], input: cursor, message: NO_CURSOR });
      }
      const end = to ?? (dayNumber(Math.max(now, from ?? 0)) + 1) * DAY_MS - 1;
      return {
        from: from ?? monthStart(Math.min(now, end)),
        to: end,
        groupBy,
        after: cursor === undefined ? null : groupBy === "day" ? Number(cursor) : cursor,
        limit: rows ?? null,
      };
    }),
  );
}

/** Parameters of the ledger. */
export const LedgerParameters = once(() =>
  inOrder(
    z.strictObject({
      ...timeRange(),
      kind: z
        .optional(z.enum(ENTRY_KINDS, `must be ${ENTRY_KINDS.join(", ")}`))
        .check(z.describe("Only entries of this kind.")),
      taskId: z.optional(parsedText(parseTaskId, "is not a taskId")).check(z.describe("Only entries of this task.")),
      groupBy: z
        .optional(z.literal("task", "must be task"))
        .check(z.describe("`task`: one group for the entries of a task on the page; `limit` counts groups.")),
      limit: limit(),
      cursor: z.optional(idCursor()),
    }),
  ),
);

/** The month of a statement, as in its path. */
export const StatementPath = once(() =>
  z.strictObject({ month: parsedText(parseMonth, "must be a month such as 2026-11") }),
);

/** Parameters of the overview. */
export const OverviewParameters = once(() =>
  z.strictObject({
    days: queryDefault(queryNumber(1, 366), 30).check(z.describe("Number of days, up to today.")),
  }),
);
