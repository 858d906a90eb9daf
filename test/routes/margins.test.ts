/** `GET /admin/v1/margins`: what completed tasks earned and cost upstream, by day, tenant and model. */
import { describe, expect, it } from "vitest";
import { createTenant, IMAGE, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, parseCsv, submitImage } from "../support/operator.ts";
import { reportNow } from "../support/report.ts";

interface Row {
  readonly day?: string;
  readonly tenantId?: string;
  readonly name?: string | null;
  readonly model?: string;
  readonly tasks: number;
  readonly revenue: number;
  readonly cost: number;
  readonly margin: number;
}

interface Page {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

const TODAY = new Date().toISOString().slice(0, 10);
const margins = (query: string) => operate<Page>("GET", `/margins?${query}`);

/** One completed task for 3 × 4 credits that costs 4 upstream, and one that failed. */
async function earn(tenant: TestTenant): Promise<void> {
  const tasks = [await submitImage(tenant.auth, "price=4"), await submitImage(tenant.auth, 'price=4 fail="no luck"')];
  for (const { data } of tasks) await untilEnded(tenant, data.taskId);
  await reportNow(tenant.tenantId);
}

describe("GET /admin/v1/margins", () => {
  it("counts a completed task with its price, its upstream cost and the difference; a failed one earns and costs nothing", async () => {
    const tenant = await createTenant({ markup: 3 });
    const sums = { tasks: 1, revenue: 12, cost: 4, margin: 8 };
    await earn(tenant);
    const of = `tenantId=${tenant.tenantId}`;
    await expect
      .poll(async () => (await margins(of)).data.rows, { timeout: 20_000 })
      .toEqual([{ day: TODAY, ...sums }]);
    expect((await margins(`${of}&groupBy=model`)).data.rows).toEqual([{ model: IMAGE.model, ...sums }]);
    const name = (await operate<{ name: string }>("GET", `/tenants/${tenant.tenantId}`)).data.name;
    expect((await margins(`${of}&groupBy=tenant`)).data.rows).toEqual([{ tenantId: tenant.tenantId, name, ...sums }]);
    expect((await margins(`${of}&to=2026-01-31&from=2026-01-01`)).data.rows).toEqual([]);
    expect((await margins(`${of}&model=Seedance%202.0`)).data.rows).toEqual([]);
    const top = (await margins("groupBy=tenant&sort=-revenue&limit=100")).data.rows.map(({ revenue }) => revenue);
    expect(top).toEqual(top.toSorted((one, other) => other - one));
    expect((await margins("")).data).toMatchObject({ to: TODAY, nextCursor: null });
  });

  it("keeps what a deleted tenant earned in the sums of days and models", async () => {
    const tenant = await createTenant();
    const total = async () => (await margins("groupBy=day")).data.rows.reduce((sum, { revenue }) => sum + revenue, 0);
    const before = await total();
    await earn(tenant);
    await expect.poll(total, { timeout: 20_000 }).toBe(before + 4);
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect(await total()).toBe(before + 4);
    expect((await margins(`tenantId=${tenant.tenantId}&groupBy=tenant`)).data.rows).toEqual([]);
  });

  it("pages by tenant without loss, and comes as CSV", async () => {
    const tenants = [await createTenant(), await createTenant()];
    for (const tenant of tenants) await earn(tenant);
    const idsOf = async () => {
      const ids: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const { data }: { data: Page } = await margins(`groupBy=tenant&limit=1${next}`);
        ids.push(...data.rows.map(({ tenantId = "" }) => tenantId));
        cursor = data.nextCursor;
      }
      return ids;
    };
    const wanted = tenants.map(({ tenantId }) => tenantId);
    await expect.poll(idsOf, { timeout: 20_000 }).toEqual(expect.arrayContaining(wanted));
    const ids = await idsOf();
    expect(ids).toEqual([...new Set(ids)].sort());
    const { text } = await operate("GET", "/margins?groupBy=tenant", undefined, { accept: "text/csv" });
    const [header, ...rows] = parseCsv(text);
    expect(header).toEqual(["tenantId", "name", "tasks", "revenue", "cost", "margin"]);
    expect(rows.map(([id]) => id)).toEqual(ids);
  });

  it.each([
    ["groupBy", "groupBy=key"],
    ["tenantId", "tenantId=ten_1"],
    ["model", "model=Sora"],
    ["from", "from=2020-01-01&to=2026-01-01"],
    ["from", "from=2026-11-02&to=2026-11-01"],
    ["limit", "limit=0"],
    ["cursor", "cursor=%00"],
    ["sort", "sort=revenue"],
    ["days", "days=3"],
  ])("is refused with a wrong %s", async (path, query) => {
    const answer = await operate<{ issues: { path: string }[] }>("GET", `/margins?${query}`);
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(answer.data.issues.map((issue) => issue.path)).toContain(path);
  });
});
