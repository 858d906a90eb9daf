import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { monthStart } from "../../../src/domain/calendar.ts";
import { tenantPrice } from "../../../src/domain/pricing.ts";
import { parseMonth } from "../../../src/domain/statement.ts";
import { STATUS, type TaskRow } from "../../../src/domain/task.ts";
import { taskIdTime } from "../../../src/domain/task-id.ts";
import { readFiles } from "../../../src/domain/task-mirroring.ts";
import { statementOf } from "../../../src/tenant/handlers/statement.ts";
import type { TenantSettings } from "../../../src/tenant/settings.ts";
import type { UsageGroup } from "../../../src/tenant/store/usage.ts";
import { ScriptedTenant, type Submission } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;

const MODEL = "Imagen Nano Banana 2";
const TOKEN = { maxTasks: 4, maxCredits: 60 };
const ALL_TIME = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2050, 0, 1) };
const GROUPS: readonly UsageGroup[] = ["day", "model", "key", "endUser"];

type Step =
  | { readonly submit: readonly Submission[] }
  | { readonly wait: number }
  | { readonly credit: number }
  | "crash"
  | "fold";

/** Some answers on the way, and one that goes on for ever. */
function thenAlways<T extends string>(before: readonly T[], always: readonly T[]): fc.Arbitrary<T[]> {
  return fc
    .tuple(fc.array(fc.constantFrom(...before), { maxLength: 2 }), fc.constantFrom(...always))
    .map(([some, last]) => [...some, last]);
}

const script: fc.Arbitrary<Script> = fc.record({
  submit: thenAlways<Script["submit"][number]>(
    ["accept-unheard", "unheard", "key-refused", "hang"],
    ["accept", "accept", "accept", "refuse"],
  ),
  credits: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 4 }),
  query: thenAlways<Script["query"][number]>(
    ["running", "unheard", "missing"],
    ["completed", "completed", "completed", "failed", "cancelled", "missing", "running"],
  ),
  copy: thenAlways<Script["copy"][number]>(["unavailable"], ["stored", "stored", "unavailable"]),
});

const submission: fc.Arbitrary<Submission> = fc.record({
  script,
  shape: fc
    .constantFrom("1K", "2K", "4K")
    .map((size) => JSON.stringify([MODEL, "txt", null, null, 1, size, null, null])),
  idempotencyKey: fc.option(fc.constantFrom("one", "two"), { freq: 2 }),
  byToken: fc.boolean(),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ submit: fc.array(submission, { minLength: 1, maxLength: 5 }) }) },
    { weight: 5, arbitrary: fc.record({ wait: fc.constantFrom(1_000, 12_000, 70_000, 1_800_000, 90_000_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({ credit: fc.integer({ min: -20, max: 80 }).filter((credits) => credits !== 0) }),
    },
    { weight: 2, arbitrary: fc.constant("crash" as const) },
    { weight: 1, arbitrary: fc.constant("fold" as const) },
  ),
  { minLength: 3, maxLength: 25 },
);

async function play(world: ScriptedTenant, given: readonly Step[]): Promise<void> {
  for (const step of given) {
    if (step === "crash") await world.crash();
    else if (step === "fold") await world.services.commit.run(() => world.services.usage.fold());
    else if ("submit" in step) await Promise.all(step.submit.map((one) => world.submit(one)));
    else if ("wait" in step) await world.advance(step.wait);
    else await world.services.commit.run(() => world.services.ledger.credit(step.credit, null, world.now));
    checkBooks(world);
    await checkStatements(world);
  }
}

/** Statements are the ledger cut by months: each opens where the one before closed, and the last closes with the balance. */
async function checkStatements(world: ScriptedTenant): Promise<void> {
  let balance = 0;
  const end = monthStart(world.now);
  for (let from = monthStart(world.services.meta.tenant()?.createdAt ?? end); from <= end; ) {
    const name = new Date(from).toISOString().slice(0, 7);
    const month = parseMonth(name);
    const statement = month && (await statementOf(world.services, month));
    if (statement === null || "code" in statement) throw new Error(`no statement of ${name}`);
    const { openingBalance, closingBalance, charges, credits, lines, closed } = statement;
    expect(openingBalance).toBe(balance);
    const to = closed ? (month?.to ?? 0) : Number.MAX_SAFE_INTEGER;
    const own = world.ledger().filter(({ entry_id: id }) => taskIdTime(id) >= from && taskIdTime(id) <= to);
    expect(charges).toBe(0 - spentBy(own.filter(({ task_id }) => task_id !== null)));
    expect(openingBalance + charges + credits).toBe(closingBalance);
    expect(openingBalance + lines.reduce((sum, line) => sum + line.credits, 0)).toBe(closingBalance);
    balance = closingBalance;
    from = (month?.to ?? 0) + 1;
  }
  expect(balance).toBe(world.services.ledger.balance());
  const days = world.services.ledgerDays.between(0, Number.MAX_SAFE_INTEGER);
  const earned = days.reduce((sum, { revenue }) => sum + revenue, 0);
  expect(earned).toBe(world.tasks().reduce((sum, { held, settled }) => sum + (settled === "captured" ? held : 0), 0));
}

const taskEntries = (world: ScriptedTenant) => world.ledger().filter((entry) => entry.task_id !== null);
const spentBy = (entries: readonly { readonly credits: number }[]) =>
  0 - entries.reduce((sum, { credits }) => sum + credits, 0);

/** What holds at any moment, whatever has happened. */
function checkBooks(world: ScriptedTenant): void {
  const settings = world.services.meta.tenant()?.settings;
  const once = new Set<string>();
  const byMonth = new Map<number, number>();
  let balance = 0;
  for (const entry of world.ledger()) {
    balance += entry.credits;
    expect(entry.balance).toBe(balance);
    if (entry.task_id === null) continue;
    expect(once).not.toContain(`${entry.task_id} ${entry.kind}`);
    once.add(`${entry.task_id} ${entry.kind}`);
    const month = monthStart(taskIdTime(entry.task_id));
    const spent = (byMonth.get(month) ?? 0) - entry.credits;
    byMonth.set(month, spent);
    if (entry.kind !== "hold") continue;
    if (settings?.billing === "prepaid") expect(balance).toBeGreaterThanOrEqual(0);
    if (settings?.monthlyCredits != null) expect(spent).toBeLessThanOrEqual(settings.monthlyCredits);
  }
  expect(world.services.ledger.balance()).toBe(balance);
  expect(world.services.ledger.spentThisMonth(world.now, null)).toBe(byMonth.get(monthStart(world.now)) ?? 0);
  checkUsage(world);
  checkToken(world);
}

/** Usage is the ledger seen another way: folded or not, however grouped, wherever cut. */
function checkUsage(world: ScriptedTenant): void {
  const { usage } = world.services;
  const entries = taskEntries(world);
  const refused = entries.filter(({ note }) => note === "refused").length;
  const sums = {
    tasks: entries.filter(({ kind }) => kind === "hold").length - refused,
    credits: spentBy(entries),
    completed: entries.filter(({ kind }) => kind === "capture").length,
    failed: entries.filter(({ note }) => note === "failed").length,
    cancelled: entries.filter(({ note }) => note === "cancelled").length,
  };
  expect(usage.total(ALL_TIME)).toEqual(sums);
  const cut = world.now - 5_000_000;
  const before = usage.total({ ...ALL_TIME, to: cut - 1 });
  const after = usage.total({ ...ALL_TIME, from: cut });
  for (const name of ["tasks", "credits", "completed", "failed", "cancelled"] as const) {
    expect(before[name] + after[name]).toBe(sums[name]);
    for (const group of GROUPS) {
      const rows = usage.page(ALL_TIME, group, null, 1_000)?.rows ?? [];
      expect(rows.reduce((sum, row) => sum + row[name], 0)).toBe(sums[name]);
    }
  }
}

function checkToken(world: ScriptedTenant): void {
  const made = world.tasks().filter(({ token_id }) => token_id !== null);
  const used = world.services.tokens.get("tok_0000000000000001");
  expect(used).toEqual({ tasks: made.length, credits: made.reduce((sum, { held }) => sum + held, 0) });
  expect(made.length).toBeLessThanOrEqual(TOKEN.maxTasks);
}

/** What a task should have cost in the end, by what its script says. */
function costOf(task: TaskRow, settings: TenantSettings): number {
  const hasFile = readFiles(task).some(({ state }) => state !== "lost");
  if (task.status !== STATUS.completed || !hasFile) return 0;
  const listed = settings.prices?.find(({ size }) => task.shape.includes(`"${size}"`));
  if (listed) return listed.credits;
  const { credits } = JSON.parse(task.request) as Script;
  // If the upstream names no price, the expected one stands.
  return credits === null ? task.price : tenantPrice(credits, settings.markup);
}

function checkEnd(world: ScriptedTenant, settings: TenantSettings): void {
  checkBooks(world);
  const tasks = world.tasks();
  expect(tasks.filter(({ phase, settled }) => phase !== 3 || settled === "open")).toEqual([]);
  const given = world.ledger().reduce((sum, { kind, credits }) => (kind === "credit" ? sum + credits : sum), 0);
  expect(world.services.ledger.balance()).toBe(given - tasks.reduce((sum, task) => sum + costOf(task, settings), 0));
  for (const task of tasks) {
    expect(spentBy(taskEntries(world).filter(({ task_id }) => task_id === task.task_id))).toBe(task.held);
    if (task.status === STATUS.completed) expect(world.upstream.accepted.has(task.upstream_key)).toBe(true);
  }
  // One accepted submission is one upstream charge: none is without its task.
  const keys = tasks.map(({ upstream_key }) => upstream_key);
  expect([...world.upstream.accepted.keys()].filter((key) => !keys.includes(key))).toEqual([]);
}

const KINDS: readonly [string, Partial<TenantSettings>][] = [
  ["prepaid with a markup", { billing: "prepaid", markup: 1.5 }],
  ["unmetered under a monthly cap", { monthlyCredits: 90, markup: 2 }],
  ["prepaid with a price list", { billing: "prepaid", prices: [{ model: MODEL, size: "2K", credits: 9 }] }],
];

describe("the money of a tenant", () => {
  it("never gives a task the id of one that was refused, whose entries are in the ledger", async () => {
    await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, state) => {
      const world = await ScriptedTenant.create(state.storage, {}, TOKEN);
      const shape = JSON.stringify([MODEL, "txt", null, null, 1, null, null, null]);
      // All within one millisecond, where ids count on by small steps.
      for (const answer of Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? "refuse" : "accept"))) {
        const script = { submit: [answer], credits: 1, query: ["running"], copy: ["stored"] } as Script;
        const status = await world.submit({ script, shape, idempotencyKey: null, byToken: false });
        expect(status).toBe(answer === "accept" ? 200 : 422);
      }
      expect(world.tasks()).toHaveLength(30);
      await state.storage.deleteAlarm();
    });
  });

  it("stays exact where a balance can go no further: nothing more is held, and a price that would go there is not taken", async () => {
    await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, state) => {
      const world = await ScriptedTenant.create(state.storage, {}, TOKEN);
      const { commit, ledger } = world.services;
      const shape = JSON.stringify([MODEL, "txt", null, null, 1, null, null, null]);
      const script: Script = { submit: ["accept"], credits: 30, query: ["running"], copy: ["stored"] };
      const submit = () => world.submit({ script, shape, idempotencyKey: null, byToken: false });
      await commit.run(() => ledger.credit(15 - Number.MAX_SAFE_INTEGER, null, world.now));
      expect(await submit()).toBe(200); // holds 10 of the 15, and cannot be corrected to 30
      expect(await submit()).toBe(402);
      await commit.run(() => {});
      expect(world.tasks().map(({ held }) => held)).toEqual([10]);
      const sum = world.ledger().reduce((total, { credits }) => total + BigInt(credits), 0n);
      expect(sum).toBe(BigInt(ledger.balance()));
      await state.storage.deleteAlarm();
    });
  });

  it.each(KINDS)(
    "%s: sums, is entered once, is never overspent, and ends as the upstream's charges say, whatever happens when",
    async (_, settings) => {
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, state) => {
            const world = await ScriptedTenant.create(state.storage, settings, TOKEN);
            await world.services.commit.run(() => world.services.ledger.credit(120, null, world.now));
            await play(world, given);
            await world.finish();
            checkEnd(world, world.settings);
            await state.storage.deleteAlarm();
          });
        }),
        // Before the test's own limit, so that a failure is reported with its seed although it is still being made smaller.
        { numRuns: 12, interruptAfterTimeLimit: 90_000 },
      );
    },
    120_000,
  );
});
