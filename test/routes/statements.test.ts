/** Monthly statements: sums of the ledger between two moments, for a tenant, its people and the operator. */
import { describe, expect, it } from "vitest";
import type { Statement } from "../../src/domain/statement.ts";
import { firstTaskIdAt } from "../../src/domain/task-id.ts";
import { call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import { balanceOf, giveCredits, operate, parseCsv, submitImage } from "../support/operator.ts";
import { portalPath, signIn } from "../support/portal.ts";
import { sqlIn } from "../support/tenant-object.ts";

const LISTED = { prices: [{ model: IMAGE.model, credits: 5 }] };
const MONTH = new Date().toISOString().slice(0, 7);
const NO_TENANT = "ten_00000000000000000000";

const statementOf = (tenantId: string, month = MONTH) =>
  operate<Statement>("GET", `/tenants/${tenantId}/statements/${month}`);

describe("GET …/statements/{month}", () => {
  it("closes the running month now: opening balance + lines = closing balance = balance", async () => {
    const tenant = await createTenant(LISTED);
    await giveCredits(tenant.tenantId, 100);
    const good = (await submitImage(tenant.auth)).data.taskId;
    const bad = (await submitImage(tenant.auth, 'fail="no luck"')).data.taskId;
    await Promise.all([untilEnded(tenant, good), untilEnded(tenant, bad)]);
    const { data } = await statementOf(tenant.tenantId);
    expect(data).toMatchObject({
      tenantId: tenant.tenantId,
      month: MONTH,
      from: `${MONTH}-01T00:00:00.000Z`,
      closed: false,
      openingBalance: 0,
      charges: -5,
      credits: 100,
      closingBalance: 95,
      tasks: 2,
    });
    expect(data.lines.map(({ kind, model, credits }) => ({ kind, model, credits }))).toEqual(
      expect.arrayContaining([
        { kind: "charge", model: IMAGE.model, credits: -5 },
        { kind: "credit", model: null, credits: 100 },
      ]),
    );
    expect(data.closingBalance).toBe(await balanceOf(tenant.tenantId));
    expect(Date.parse(data.to)).toBeLessThanOrEqual(Date.now());
  });

  it("is the same for the tenant, its people and the operator", async () => {
    const tenant = await createTenant(LISTED);
    await giveCredits(tenant.tenantId, 7);
    const session = await signIn(tenant);
    const ofOperator = (await statementOf(tenant.tenantId)).data;
    const ofTenant = await call<Statement>("GET", `/api/v1/statements/${MONTH}`, { headers: tenant.auth });
    const ofPerson = await call<Statement>("GET", portalPath(session, `/statements/${MONTH}`), { headers: session });
    for (const { data } of [ofTenant, ofPerson]) expect({ ...data, to: null }).toEqual({ ...ofOperator, to: null });
  });

  it("is CSV by Accept: the balances, and between them lines that sum to their difference", async () => {
    const tenant = await createTenant(LISTED);
    await operate("POST", `/tenants/${tenant.tenantId}/credits`, { credits: 30, note: "=invoice 7" });
    await untilEnded(tenant, (await submitImage(tenant.auth)).data.taskId);
    const { text, headers } = await call("GET", `/api/v1/statements/${MONTH}`, {
      headers: { ...tenant.auth, accept: "text/csv" },
    });
    expect(headers.get("content-disposition")).toContain(`statement-${tenant.tenantId}-${MONTH}.csv`);
    const [header, ...rows] = parseCsv(text);
    expect(header).toEqual(["day", "line", "model", "tasks", "credits", "balance", "entryId", "note"]);
    expect(rows.map(([, line]) => line)).toEqual(["opening balance", "charge", "credit", "closing balance"]);
    expect(rows.reduce((sum, row) => sum + Number(row[4]), 0)).toBe(25);
    expect(rows.at(-1)?.[5]).toBe("25");
    expect(rows[2]?.[7]).toBe("'=invoice 7");
  });

  it("lists the last 500 credits one by one, and the ones before as one line", async () => {
    const tenant = await createTenant();
    await giveCredits(tenant.tenantId, 1_000);
    const now = Date.now();
    await sqlIn(
      tenant.tenantId,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 510)
       INSERT INTO ledger (entry_id, at, kind, credits, balance) SELECT ? + i, ?, 'credit', i, 1000 + i * (i + 1) / 2 FROM n`,
      firstTaskIdAt(now + 1_000),
      now,
    );
    const { data } = await statementOf(tenant.tenantId);
    const [earlier, ...others] = data.lines;
    expect(others).toHaveLength(500);
    // The credits 1,000 and 1 to 10 are earlier than the last 500.
    expect(earlier).toMatchObject({ kind: "credit", credits: 1_055, entryId: null, note: "earlier credits" });
    expect(data.lines.reduce((sum, { credits }) => sum + credits, 0)).toBe(data.credits);
    expect(data).toMatchObject({ charges: 0, credits: 1_000 + (510 * 511) / 2 });
  });

  it.each([
    "2026-13",
    "2026-00",
    "2026-1",
    "26-01",
    "2026-11-01",
    "now",
    "2026-11%20",
    "9999999-01",
  ])("is 30001 for %s, which is no month", async (month) => {
    const { tenantId, auth } = await createTenant();
    const refused = { status: 400, code: 30001, data: { issues: [{ path: "month" }] } };
    expect(await statementOf(tenantId, month)).toMatchObject(refused);
    expect(await call("GET", `/api/v1/statements/${month}`, { headers: auth })).toMatchObject(refused);
  });

  it("is 40002 for a month that has not begun, one before the tenant, and a tenant that is not there", async () => {
    const { tenantId, auth } = await createTenant();
    for (const month of ["2019-12", "9999-12", "0001-01"]) {
      expect(await statementOf(tenantId, month)).toMatchObject({ status: 404, code: 40002 });
      expect(await call("GET", `/api/v1/statements/${month}`, { headers: auth })).toMatchObject({ code: 40002 });
    }
    expect(await statementOf(NO_TENANT)).toMatchObject({ status: 404, code: 40002 });
    expect(await call("GET", `/api/v1/statements/2026-13`, { headers: OPERATOR })).toMatchObject({ status: 401 });
  });
});
