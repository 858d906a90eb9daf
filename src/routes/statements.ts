/** Monthly statements, as JSON or CSV: the same response for a tenant, its people and the operator. */
import type { AppContext } from "../context.ts";
import type { Month, Statement } from "../domain/statement.ts";
import type { CsvCell } from "../lib/csv.ts";
import { StatementPath } from "../schemas/account.ts";
import { type Checked, check, checkParameters } from "../schemas/check.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { checkedValue, found, namedTenant } from "./operator.ts";
import { respondCsv, wantsCsv } from "./support/csv.ts";
import { requireValid, respond, tenantOf, unwrap } from "./support/responses.ts";

/** Returns the month of the path; a statement has no parameters. */
export function readMonth(c: AppContext): Checked<Month> {
  const parameters = checkParameters(NoParameters(), c.req.queries());
  if (!parameters.ok) return parameters;
  const path = check(StatementPath(), { month: c.req.param("month") ?? "" });
  return path.ok ? { ok: true, value: path.value.month } : path;
}

/** `GET /api/v1/statements/{month}`. */
export async function tenantStatement(c: AppContext): Promise<Response> {
  const month = await requireValid(c, readMonth(c), "account");
  return respondStatement(c, await unwrap(c, tenantOf(c).statement(c.get("caller"), month)));
}

/** `GET /admin/v1/tenants/{tenantId}/statements/{month}`. */
export async function operatorStatement(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const month = checkedValue(readMonth(c));
  return respondStatement(c, found(await tenant.operatorStatement(month), "Tenant"));
}

const COLUMNS = ["day", "line", "model", "tasks", "credits", "balance", "entryId", "note"] as const;

/** Responds with a statement; as CSV, a line for each balance and each line between them. */
export async function respondStatement(c: AppContext, statement: Statement): Promise<Response> {
  if (!wantsCsv(c)) return respond(c, statement);
  const { from, to, openingBalance, closingBalance, lines, tenantId, month } = statement;
  let balance = openingBalance;
  const between = lines.map(({ day, kind, model, tasks, credits, entryId, note }): CsvCell[] => {
    balance += credits;
    return [day, kind, model, kind === "charge" ? tasks : null, credits, balance, entryId, note];
  });
  const items: CsvCell[][] = [
    [from.slice(0, 10), "opening balance", null, null, null, openingBalance, null, null],
    ...between,
    [to.slice(0, 10), "closing balance", null, null, null, closingBalance, null, null],
  ];
  const table = { name: `statement-${tenantId}-${month}`, header: COLUMNS, row: (cells: CsvCell[]) => cells };
  return respondCsv(c, table, async () => ({ items, next: null }), null);
}
