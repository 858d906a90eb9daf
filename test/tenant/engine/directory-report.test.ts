import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { TenantReport } from "../../../src/domain/tenant-report.ts";
import type { DirectoryPort } from "../../../src/tenant/ports.ts";
import { ScriptedTenant, type Submission } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const MODEL = "Imagen Nano Banana 2";
const NO_RULES = { version: 0, rules: [] };

const shapeOf = (size: string | null) => JSON.stringify([MODEL, "txt", null, null, 1, size, null, null]);

function submission(changes: Partial<Script> = {}, shape = shapeOf("1K")): Submission {
  const script: Script = { submit: ["accept"], credits: 7, query: ["completed"], copy: ["stored"], ...changes };
  return { script, shape, idempotencyKey: null, byToken: false };
}

let reports: TenantReport[];
let asked: string[];
let directory: DirectoryPort;
beforeEach(() => {
  reports = [];
  asked = [];
  directory = {
    report: async (report) => {
      reports.push(structuredClone(report));
      return { shared: null };
    },
    priceOf: async (shape) => {
      asked.push(shape);
      return { credits: null, shared: NO_RULES };
    },
    remove: async () => {},
    enterAudit: async () => {},
    operatorOrigin: async () => null,
    purgeFiles: async () => {},
  };
});

async function inWorld(work: (world: ScriptedTenant) => Promise<void>): Promise<void> {
  await runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, state) => {
    await work(await ScriptedTenant.create(state.storage, { billing: "prepaid" }, undefined, directory));
    await state.storage.deleteAlarm();
  });
}

const credit = (world: ScriptedTenant, credits: number) =>
  world.services.commit.run(() => world.services.ledger.credit(credits, null, world.now));

describe("what a tenant reports", () => {
  it("is how it stands: balance, holds, days, and prices of documented shapes", async () => {
    await inWorld(async (world) => {
      await credit(world, 100);
      await world.submit(submission());
      await world.submit(submission({ query: ["running"] }));
      await world.submit(submission({ query: ["running"] }, shapeOf("made up")));
      await world.advance(20_000);
      await world.advance(60_000);
      expect(reports.at(-1)).toMatchObject({
        name: "scripted",
        gauges: { status: "active", billing: "prepaid", balance: 79, running: 2, held: 14, copiesWaiting: 0 },
        days: [{ tasks: 3, credits: 21, completed: 1, failed: 0, cancelled: 0 }],
      });
      expect(reports.flatMap(({ prices }) => prices)).toEqual([
        { shape: shapeOf("1K"), credits: 7, at: expect.any(Number) },
      ]);
    });
  });

  it("names the time since which the oldest file waits for its copy, and null once it is copied", async () => {
    await inWorld(async (world) => {
      await credit(world, 100);
      const copy = [...Array.from({ length: 30 }, () => "unavailable" as const), "stored" as const];
      await world.submit(submission({ copy }));
      await world.advance(60_000);
      await world.submit(submission({ copy }));
      for (let minute = 0; minute < 30; minute++) await world.advance(60_000);
      const { copiesWaiting, copyAt } = reports.at(-1)?.gauges ?? {};
      expect(copiesWaiting).toBe(2);
      expect(world.now - (copyAt ?? 0)).toBeGreaterThan(20 * 60_000);
      for (let hour = 0; hour < 24; hour++) await world.advance(60 * 60_000);
      expect(reports.at(-1)?.gauges).toMatchObject({ copiesWaiting: 0, copyAt: null });
    });
  });

  it("comes soon after a change, then at most once a minute, and not at all when nothing changes", async () => {
    await inWorld(async (world) => {
      await world.advance(5_000);
      await credit(world, 1_000);
      reports.length = 0;
      for (let second = 0; second < 180; second += 10) {
        await world.submit(submission());
        await world.advance(10_000);
      }
      expect(reports.length).toBeGreaterThanOrEqual(3);
      expect(reports.length).toBeLessThanOrEqual(4);
      await world.advance(60_000);
      reports.length = 0;
      for (let minute = 0; minute < 10; minute++) await world.advance(60_000);
      expect(reports).toEqual([]);
    });
  });

  it("is sent again after the Directory was not reachable, and after a crash before the report", async () => {
    await inWorld(async (world) => {
      const { report } = directory;
      let broken = true;
      directory.report = async (one) => {
        if (broken) throw new Error("unreachable");
        return report(one);
      };
      await credit(world, 50);
      await world.submit(submission());
      await world.advance(5_000).catch(() => {});
      broken = false;
      await world.crash();
      await world.advance(5_000);
      expect(reports.at(-1)?.gauges.balance).toBe(43);
      expect(reports.at(-1)?.days).toMatchObject([{ credits: 7 }]);
    });
  });

  it("contains all recent days with the first report of a day, otherwise only changed days", async () => {
    await inWorld(async (world) => {
      await credit(world, 100);
      await world.submit(submission());
      await world.advance(120_000);
      await world.advance(120_000);
      expect(reports.at(-1)?.days).toMatchObject([{ completed: 1 }]);
      await world.advance(86_400_000);
      await world.submit(submission());
      await world.advance(120_000);
      expect(reports.at(-1)?.days).toHaveLength(2);
      await world.submit(submission());
      await world.advance(120_000);
      expect(reports.at(-1)?.days).toMatchObject([{ tasks: 2 }]);
    });
  });
});

describe("usage", () => {
  it("is the same however much of the ledger is folded, which a few entries are not worth", async () => {
    await inWorld(async (world) => {
      const { services } = world;
      await credit(world, 10_000);
      const folded = () => services.sql.exec("SELECT SUM(tasks) AS tasks FROM usage").one().tasks;
      for (let tasks = 1; tasks <= 110; tasks++) {
        await world.submit(submission());
        if (tasks % 10 > 0) continue;
        await world.advance(120_000);
        await world.advance(120_000);
        expect(services.usage.total({ from: 0, to: world.now })).toMatchObject({
          tasks,
          completed: tasks,
          credits: 7 * tasks,
        });
        expect(reports.at(-1)?.days.at(-1)).toMatchObject({ tasks, completed: tasks });
        if (tasks < 90) expect(folded()).toBeNull();
      }
      expect(folded()).toBeGreaterThanOrEqual(90);
    });
  });
});

describe("a heap of entries", () => {
  it("is folded in parts, all of it with one report", async () => {
    await inWorld(async (world) => {
      const { services } = world;
      const { ledger, ledgerStore, commit, usage, meta } = services;
      await commit.run(() => {
        for (let entry = 0; entry < 10_300; entry += 1) ledger.credit(1, null, world.now);
      });
      expect(await commit.run(() => usage.fold())).toBe(true);
      expect(Number(meta.get("usage-upto"))).toBeLessThan(ledgerStore.lastId());
      await credit(world, 1);
      await world.advance(120_000);
      await world.advance(120_000);
      expect(Number(meta.get("usage-upto"))).toBe(ledgerStore.lastId());
    });
  });

  it("is folded also while the Directory does not answer", async () => {
    directory = { ...directory, report: () => new Promise(() => {}) };
    await inWorld(async (world) => {
      const { ledger, ledgerStore, commit, meta } = world.services;
      await commit.run(() => {
        for (let entry = 0; entry < 300; entry += 1) ledger.credit(1, null, world.now);
      });
      await world.submit(submission({ query: ["running"] }));
      const newest = ledgerStore.lastId();
      await world.advance(120_000);
      expect(Number(meta.get("usage-upto"))).toBeGreaterThanOrEqual(newest);
    });
  });
});

describe("asking the Directory for a price", () => {
  const quote = (world: ScriptedTenant, shape: string) => world.services.prices.quote(shape, world.settings);
  const prepare = (world: ScriptedTenant, shape: string) => world.services.priceLookup.prepare(shape, world.settings);

  it("happens once for many submissions of one unknown shape, and not again within the minute", async () => {
    await inWorld(async (world) => {
      await Promise.all(Array.from({ length: 20 }, () => prepare(world, shapeOf("1K"))));
      await world.advance(30_000);
      await prepare(world, shapeOf("1K"));
      expect(asked).toEqual([shapeOf("1K")]);
      await world.advance(40_000);
      await prepare(world, shapeOf("1K"));
      expect(asked).toHaveLength(2);
    });
  });

  it("happens at most 300 times a minute, whatever shapes a caller tries", async () => {
    await inWorld(async (world) => {
      const image = (type: string, count: number, size: string, quality: number) =>
        JSON.stringify([MODEL, type, null, null, count, size, quality, null]);
      const shapes = ["txt", "img_txt"].flatMap((type) =>
        [1, 2, 3, 4].flatMap((count) => Array.from({ length: 50 }, (_, index) => image(type, count, "1K", 50 + index))),
      );
      for (const shape of shapes) await prepare(world, shape);
      expect(shapes).toHaveLength(400);
      expect(asked).toHaveLength(300);
      await world.advance(60_000);
      await prepare(world, shapes.at(-1) ?? "");
      expect(asked).toHaveLength(301);
    });
  });

  it("does not happen for a shape that is known, has a list price, or is made up", async () => {
    await inWorld(async (world) => {
      await credit(world, 100);
      await world.submit(submission());
      asked.length = 0;
      await prepare(world, shapeOf("1K"));
      await prepare(world, shapeOf("made up"));
      await world.services.commit.run(() =>
        world.services.prices.adoptShared({ version: 5, rules: [{ model: MODEL, size: "4K", credits: 3 }] }),
      );
      await prepare(world, shapeOf("4K"));
      expect(asked).toEqual([]);
      expect(quote(world, shapeOf("4K"))).toEqual({ credits: 3, source: "list" });
    });
  });

  it("happens again when this tenant has had no price for ten minutes; the later price is used", async () => {
    let word: Awaited<ReturnType<DirectoryPort["priceOf"]>> = { credits: null, shared: NO_RULES };
    directory.priceOf = async (shape) => {
      asked.push(shape);
      return word;
    };
    await inWorld(async (world) => {
      const submitAndWrite = async () => {
        await world.submit(submission());
        await world.services.commit.run(() => {}); // takes the late write of the acceptance along
      };
      await credit(world, 100);
      await submitAndWrite();
      asked.length = 0;
      word = { credits: 12, at: world.now + 1, shared: null };
      await world.advance(500_000);
      await prepare(world, shapeOf("1K"));
      expect(asked).toEqual([]);
      await world.advance(200_000);
      await prepare(world, shapeOf("1K"));
      expect(asked).toHaveLength(1);
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 12, source: "upstream" });
      // What it says to this tenant now is later still, and news to the others although it is the old price.
      await submitAndWrite();
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 7, source: "upstream" });
      await world.advance(70_000);
      expect(reports.at(-1)?.prices).toEqual([expect.objectContaining({ shape: shapeOf("1K"), credits: 7 })]);
      await world.advance(700_000);
      await prepare(world, shapeOf("1K"));
      expect(asked).toHaveLength(2);
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 7, source: "upstream" });
    });
  });

  it("keeps the known price while no other tenant knows one, and while the Directory is not reachable", async () => {
    let isReachable = true;
    let word: Awaited<ReturnType<DirectoryPort["priceOf"]>> = { credits: null, shared: NO_RULES };
    directory.priceOf = async () => {
      if (isReachable) return word;
      throw new Error("unreachable");
    };
    await inWorld(async (world) => {
      await credit(world, 100);
      await world.submit(submission());
      await world.advance(700_000);
      await prepare(world, shapeOf("1K"));
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 7, source: "upstream" });
      isReachable = false;
      await world.advance(100_000);
      await prepare(world, shapeOf("1K"));
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 7, source: "upstream" });
      isReachable = true;
      word = { credits: 12, at: world.now, shared: null };
      await world.advance(100_000);
      await prepare(world, shapeOf("1K"));
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 12, source: "upstream" });
      isReachable = false;
      await world.advance(700_000);
      await prepare(world, shapeOf("1K"));
      expect(quote(world, shapeOf("1K"))).toEqual({ credits: 12, source: "upstream" });
    });
  });

  it("uses another tenant's price until the upstream returns one to this tenant", async () => {
    directory.priceOf = async () => ({ credits: 4, shared: NO_RULES });
    await inWorld(async (world) => {
      await credit(world, 100);
      await prepare(world, shapeOf("2K"));
      expect(quote(world, shapeOf("2K"))).toEqual({ credits: 4, source: "upstream" });
      await world.submit(submission({ credits: 9 }, shapeOf("2K")));
      expect(quote(world, shapeOf("2K"))).toEqual({ credits: 9, source: "upstream" });
    });
  });

  it("never waits long: without a response, or with an error, the default is held", async () => {
    for (const priceOf of [
      () => new Promise<never>(() => {}),
      async () => {
        throw new Error("unreachable");
      },
    ]) {
      directory.priceOf = priceOf;
      await inWorld(async (world) => {
        const startedAt = Date.now();
        await prepare(world, shapeOf("2K"));
        expect(Date.now() - startedAt).toBeLessThan(3_000);
        expect(quote(world, shapeOf("2K"))).toEqual({ credits: 10, source: "default" });
      });
    }
  });
});

describe("the memory of prices", () => {
  it("keeps what was learned last when a tenant invents shapes without end", async () => {
    await inWorld(async (world) => {
      const { services } = world;
      await services.commit.run(() => {
        for (let index = 0; index < 5_200; index++) services.prices.learn(`["${index}"]`, index, index);
      });
      const kept = services.learnedPrices.learnedSince(0);
      expect(kept.length).toBeLessThanOrEqual(5_000);
      expect(kept.length).toBeGreaterThan(4_800);
      expect(services.learnedPrices.get('["0"]')).toBeNull();
      expect(services.learnedPrices.get('["5199"]')?.credits).toBe(5_199);
    });
  });
});
