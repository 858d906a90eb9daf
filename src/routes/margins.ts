/** Operator API: cost, revenue and margin by day, tenant and model, and the prices that they come from. */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import { exact, type MarginQuery, type MarginRow } from "../domain/earnings.ts";
import { readShape } from "../domain/pricing.ts";
import { isoTime } from "../lib/iso-time.ts";
import { formatValueCursor } from "../schemas/cursors.ts";
import { marginQuery, UpstreamPriceParameters } from "../schemas/margins.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { readParameters } from "./operator.ts";
import { EXPORT_PAGE, respondCsv, wantsCsv } from "./support/csv.ts";
import { respond } from "./support/responses.ts";
import { isoDay } from "./usage.ts";

/** Adds the operator's routes of margins and of the upstream's prices. */
export function addMarginRoutes(routes: AppRoutes): void {
  routes.get("/margins", margins);
  routes.get("/upstream-prices", upstreamPrices);
  routes.get("/prices/rollout", rollout);
}

const COLUMNS = ["tasks", "revenue", "cost", "margin"] as const;

async function margins(c: AppContext): Promise<Response> {
  const query = readParameters(c, marginQuery(Date.now()));
  const { groupBy, firstDay, lastDay } = query;
  if (wantsCsv(c)) {
    const page = async (after: string | null) => {
      const { rows, next } = await directoryOf(c).margins({ ...query, after, limit: EXPORT_PAGE });
      return { items: rows, next };
    };
    const names = groupBy === "tenant" ? ["tenantId", "name"] : [groupBy];
    const row = (one: MarginRow) => {
      const line = lineOf(one, groupBy);
      return [...names.map((name) => line[name] ?? null), ...COLUMNS.map((column) => line[column] ?? null)];
    };
    return respondCsv(c, { name: `margins-by-${groupBy}`, header: [...names, ...COLUMNS], row }, page, query.after);
  }
  const { rows, next } = await directoryOf(c).margins(query);
  return respond(c, {
    groupBy,
    from: isoDay(firstDay),
    to: isoDay(lastDay),
    rows: rows.map((row) => lineOf(row, groupBy)),
    nextCursor: next && formatValueCursor(next),
  });
}

function lineOf({ value, name, tasks, revenue, cost }: MarginRow, groupBy: MarginQuery["groupBy"]) {
  const group: Record<string, string | null> =
    groupBy === "day"
      ? { day: isoDay(Number(value)) }
      : groupBy === "model"
        ? { model: value }
        : { tenantId: value, name };
  const line: Record<string, string | number | null> = {
    ...group,
    tasks,
    revenue,
    cost,
    margin: exact(revenue - cost),
  };
  return line;
}

async function upstreamPrices(c: AppContext): Promise<Response> {
  const { model = null, limit, cursor: after = null } = readParameters(c, UpstreamPriceParameters());
  const { prices, next } = await directoryOf(c).upstreamPrices({ model, after, limit });
  return respond(c, {
    prices: prices.map(({ shape, credits, at }) => ({ ...readShape(shape), credits, at: isoTime(at) })),
    nextCursor: next && formatValueCursor(next),
  });
}

async function rollout(c: AppContext): Promise<Response> {
  readParameters(c, NoParameters());
  const { tenants, updated, unreachable, startedAt, endedAt } = (await directoryOf(c).priceRollout()) ?? NO_ROLLOUT;
  return respond(c, { tenants, updated, unreachable, startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) });
}

const NO_ROLLOUT = { tenants: 0, updated: 0, unreachable: 0, startedAt: null, endedAt: null };
