/** What the life of a task costs that has its tenant for itself: rows written and alarms set are what the platform bills. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ReportResult, TenantReport } from "../../../src/domain/tenant-report.ts";
import { countRowsWritten } from "../../support/row-meter.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS, DIRECTORY } = env as unknown as Bindings;
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const HOUR_MS = 3_600_000;
/** Nine polls at the default pace: a bit more than a minute. */
const SCRIPT: Script = {
  submit: ["accept"],
  credits: 10,
  query: [...Array.from({ length: 8 }, () => "running" as const), "completed"],
  copy: ["stored"],
};

/** A tenant whose object wakes when its alarm says so, and at no other time. */
class Life {
  /** When alarms were set and for when, and when reports were made, in ms since the task was submitted. */
  readonly alarmsSet: number[] = [];
  readonly reports: number[] = [];
  /** All reports that the Directory has got. */
  readonly sent: TenantReport[] = [];
  /** Alarms that have fired. */
  wakings = 0;
  /** While true, the Directory does not answer. */
  silent = false;
  readonly #storage: DurableObjectStorage;
  #world: ScriptedTenant | null = null;
  #startedAt = 0;
  #alarm: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get world(): ScriptedTenant {
    if (this.#world === null) throw new Error("not begun yet");
    return this.#world;
  }

  /** The first task of the tenant, and then an hour of nothing. */
  async begin(): Promise<void> {
    const { sql } = this.#storage;
    const storage = {
      sql,
      transactionSync: <T>(work: () => T) => this.#storage.transactionSync(work),
      sync: () => this.#storage.sync(),
      setAlarm: async (at: number) => {
        this.#alarm = at;
        this.alarmsSet.push(at - this.#startedAt);
      },
    } as unknown as DurableObjectStorage;
    const report = async (report: TenantReport): Promise<ReportResult> => {
      this.reports.push(this.world.now - this.#startedAt);
      if (this.silent) await new Promise(() => {});
      this.running = report.gauges.running;
      this.sent.push(report);
      return { shared: null };
    };
    this.#world = await ScriptedTenant.create(storage, {}, undefined, { report });
    await this.submit();
    await this.untilQuiet();
    await this.world.advance(HOUR_MS);
    await this.untilQuiet();
  }

  /** What the Directory thinks. */
  running = -1;

  async submit(idempotencyKey: string | null = null): Promise<void> {
    this.#startedAt = this.world.now;
    this.alarmsSet.length = 0;
    this.wakings = 0;
    this.reports.length = 0;
    await this.world.submit({ script: SCRIPT, shape: SHAPE, idempotencyKey, byToken: false });
  }

  /** Lets the next alarm come. @returns false if there is none within the hour */
  async wake(): Promise<boolean> {
    const at = this.#alarm;
    if (at === null || at > this.world.now + HOUR_MS) return false;
    this.#alarm = null;
    this.wakings += 1;
    await this.world.advance(Math.max(0, at - this.world.now));
    return true;
  }

  async untilQuiet(): Promise<void> {
    while (await this.wake());
  }

  /** The same while a caller looks at the task all the time. */
  async watchUntilQuiet(): Promise<void> {
    const look = () => {
      const task = this.world.tasks().at(-1);
      if (task !== undefined) this.world.services.taskSteps.see(task);
    };
    do look();
    while (await this.wake());
  }
}

const sum = (rows: Readonly<Record<string, number>>) => Object.values(rows).reduce((total, count) => total + count, 0);

const inLife = <T>(work: (life: Life, storage: DurableObjectStorage) => Promise<T>) =>
  runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
    const life = new Life(storage);
    await life.begin();
    return work(life, storage);
  });

describe("a task of a tenant that does nothing else", () => {
  it("costs 34 billed rows while its client watches it, alarms and the Directory's rows among them", async () => {
    const { reports, first } = await inLife(async (life, storage) => {
      const written = countRowsWritten(storage.sql);
      const first = life.sent.length;
      await life.submit();
      await life.watchUntilQuiet();
      expect(written()).toEqual({
        "INSERT tasks": 3,
        "UPDATE tasks": 8,
        "INSERT ledger": 2,
        "UPDATE keys": 1,
        "INSERT meta": 2,
      });
      // The report a second after the admission, nine polls, and the one that was set before the last of them.
      expect([life.alarmsSet.length, life.wakings]).toEqual([11, 11]);
      return { reports: life.sent, first };
    });
    await runInDurableObject(DIRECTORY.getByName(crypto.randomUUID()), async (directory, { storage }) => {
      // The first task has the tenant listed and begins the rows of the day.
      for (const report of reports.slice(0, first)) await directory.report(report);
      const written = countRowsWritten(storage.sql);
      for (const report of reports.slice(first)) await directory.report(report);
      expect(written()["UPDATE rollups"]).toBe(4);
      // One with each report, and one for the day on which the task has ended.
      expect(written()["INSERT counters"]).toBeLessThanOrEqual(3);
      expect(Object.keys(written())).toHaveLength(2);
    });
  });

  it("costs 24 billed rows in its tenant while nobody watches it, alarms among them", () =>
    inLife(async (life, storage) => {
      const written = countRowsWritten(storage.sql);
      await life.submit();
      await life.untilQuiet();
      expect(sum(written())).toBe(13);
      expect([life.alarmsSet.length, life.wakings]).toEqual([11, 11]);
    }));

  it("is reported within two seconds of its admission, and with an alarm after its end", () =>
    inLife(async (life) => {
      await life.submit();
      await life.untilQuiet();
      const [task] = life.world.tasks().slice(-1);
      const endedAfter = (task?.ended_at ?? 0) - (task?.created_at ?? 0);
      expect(endedAfter).toBeGreaterThan(60_000);
      const [admission = Number.NaN, end = Number.NaN] = life.reports;
      expect(life.reports).toHaveLength(2);
      expect(admission).toBeLessThanOrEqual(2_000);
      expect(end - endedAfter).toBeLessThanOrEqual(30_000);
      expect(life.running).toBe(0);
    }));

  it("costs no more when the object goes from memory between its alarms", () =>
    inLife(async (life, storage) => {
      const written = countRowsWritten(storage.sql);
      await life.submit();
      do life.world.die();
      while (await life.wake());
      expect(life.reports).toHaveLength(2);
      expect(sum(written()) + life.alarmsSet.length).toBeLessThanOrEqual(35);
    }));

  it("is reported at most once a minute", () =>
    inLife(async (life) => {
      await life.submit();
      await life.untilQuiet();
      await life.world.advance(1_000);
      const before = life.world.now;
      await life.submit();
      await life.untilQuiet();
      expect(life.reports.length).toBeLessThanOrEqual(1 + Math.floor((life.world.now - before) / 60_000));
      expect(life.running).toBe(0);
    }));

  it("with an idempotency key costs a row more, and no alarm for the day on which that expires", () =>
    inLife(async (life, storage) => {
      const written = countRowsWritten(storage.sql);
      await life.submit("order 1");
      await life.untilQuiet();
      expect(written()["INSERT tasks"]).toBe(4);
      expect(life.alarmsSet.filter((at) => at > HOUR_MS)).toEqual([]);
    }));

  it("is reported after all, by the alarm alone, when the object dies before the Directory has answered", () =>
    inLife(async (life) => {
      await life.submit();
      while (life.world.tasks().at(-1)?.phase !== 3) {
        life.silent = life.reports.length > 0;
        await life.wake();
      }
      expect(life.running).toBe(1);
      life.world.die();
      life.silent = false;
      await life.untilQuiet();
      expect(life.running).toBe(0);
    }));

  it("goes on by the alarm alone whenever the object dies", () =>
    inLife(async (life) => {
      for (let alarms = 0; alarms < 10; alarms += 1) {
        await life.submit();
        for (let alarm = 0; alarm < alarms; alarm += 1) await life.wake();
        life.world.die();
        await life.untilQuiet();
        expect(life.world.tasks().at(-1)).toMatchObject({ phase: 3, status: 2 });
        expect(life.running).toBe(0);
        await life.world.advance(HOUR_MS);
      }
      expect(life.world.services.usage.total({ from: 0, to: life.world.now })).toMatchObject({
        tasks: 11,
        completed: 11,
      });
    }));
});
