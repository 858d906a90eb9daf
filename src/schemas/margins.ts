/** Parameters of margins and of the upstream's known prices. */
import * as z from "zod/mini";
import { dayNumber } from "../domain/calendar.ts";
import { MARGIN_GROUPS, type MarginQuery } from "../domain/earnings.ts";
import { once } from "../lib/once.ts";
import { nextPage, valueCursor } from "./cursors.ts";
import { modelName } from "./fields.ts";
import { inOrder, limit, pageSize, queryDefault, timeRange } from "./task-list.ts";

/** Days that one query of margins can have: as many as are kept by tenant. */
const MOST_DAYS = 400;
const DEFAULT_DAYS = 30;

/** Parameters of margins. */
export const MarginParameters = once(() =>
  inOrder(
    z.strictObject({
      ...timeRange(),
      groupBy: z
        ._default(z.enum(MARGIN_GROUPS, `must be ${MARGIN_GROUPS.join(", ")}`), "day")
        .check(z.describe("Group of each row.")),
      tenantId: z
        .optional(z.string().check(z.regex(/^ten_[0-9a-f]{20}$/, "is not a tenantId")))
        .check(z.describe("Only this tenant.")),
      model: z.optional(modelName()).check(z.describe("Only this model.")),
      sort: z
        .optional(z.literal("-revenue", "must be -revenue"))
        .check(
          z.describe("`-revenue`: the groups with the highest revenue, on one page; otherwise in their own order."),
        ),
      limit: queryDefault(pageSize(), 100),
      cursor: nextPage(valueCursor()),
    }),
  ),
);

/** @param now ms since epoch: without `from` and `to` the range is the last 30 days (UTC), today included */
export function marginQuery(now: number) {
  return z.pipe(
    MarginParameters(),
    z.transform(({ from, to, groupBy, tenantId = null, model: only = null, limit: rows, cursor, sort }, { issues }) => {
      const lastDay = dayNumber(Math.max(to ?? now, from ?? 0));
      const firstDay = from === undefined ? lastDay - DEFAULT_DAYS + 1 : dayNumber(from);
      if (lastDay - firstDay >= MOST_DAYS) {
        issues.push({
          code: "custom",
          path: ["from"],
          input: from,
          message: `must be at most ${MOST_DAYS} days before to`,
        });
      }
      const query: MarginQuery = {
        firstDay,
        lastDay,
        groupBy,
        tenantId,
        model: only,
        limit: rows,
        after: cursor ?? null,
        top: sort !== undefined,
      };
      return query;
    }),
  );
}

/** Parameters of the upstream's known prices. */
export const UpstreamPriceParameters = once(() =>
  z.strictObject({
    model: z.optional(modelName()).check(z.describe("Only prices of this model.")),
    limit: limit(),
    cursor: nextPage(valueCursor()),
  }),
);
