import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { takePartMemory } from "../../src/files/part-memory.ts";
import type { Place } from "../../src/files/places.ts";
import { storeMedia } from "../../src/files/store-media.ts";
import { mp4, pieces } from "../support/media.ts";

const MIB = 2 ** 20;
const bucket = (env as unknown as { FILES: R2Bucket }).FILES;
const taken: Place[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  for (const place of taken.splice(0)) place.free();
});

/** Takes a place without waiting. @param speed in MiB a second */
async function take(
  tenantId: string,
  { endUser = null, speed = 10 }: { endUser?: string | null; speed?: number } = {},
) {
  const place = await takePartMemory({ tenantId, endUser }, speed * MIB, 0);
  if (typeof place !== "string") taken.push(place);
  return place;
}

/** Whose places are taken, or "taken". */
const outcomeOf = async (place: ReturnType<typeof take>) => {
  const taken = await place;
  return typeof taken === "string" ? taken : "taken";
};

it("is for one file of an end user, two of a tenant's end users, three of a tenant and five of all", async () => {
  const endUser = (name: string) => outcomeOf(take("a", { endUser: name }));
  expect([await endUser("1"), await endUser("1")]).toEqual(["taken", "tenant"]);
  expect([await endUser("2"), await endUser("3")]).toEqual(["taken", "tenant"]);
  const tenant = (name: string) => outcomeOf(take(name));
  expect([await tenant("a"), await tenant("a")]).toEqual(["taken", "tenant"]);
  expect([await tenant("b"), await tenant("b"), await tenant("c")]).toEqual(["taken", "taken", "isolate"]);
});

it("is waited for until a place is free, or for as long as a file may", async () => {
  const places = [await take("a"), await take("a"), await take("a")];
  expect(await takePartMemory({ tenantId: "a", endUser: null }, 10 * MIB, 100)).toBe("tenant");
  const waiting = takePartMemory({ tenantId: "a", endUser: null }, 10 * MIB, 60_000);
  (places[0] as Place).free();
  taken.push((await waiting) as Place);
});

it("of the slowest file goes to one more than twice as fast, but never that of a fast or new file", async () => {
  const lost: string[] = [];
  const hold = async (tenantId: string, name: string, bytesInTenSeconds: number) => {
    const place = (await take(tenantId)) as Place;
    place.onLost = () => void lost.push(name);
    place.count(bytesInTenSeconds);
  };
  await hold("a", "fast", 10 * MIB);
  await hold("a", "slow", 0.4 * MIB);
  await hold("a", "slowest", 0.2 * MIB);
  vi.setSystemTime(Date.now() + 10_000);
  await hold("b", "new", 0);
  await hold("b", "also new", 0);
  expect(await outcomeOf(take("as slow", { speed: 0.03 }))).toBe("isolate");
  expect(lost).toEqual([]);
  for (const expected of [["slowest"], ["slowest", "slow"]]) {
    expect(await outcomeOf(take(`quiet ${expected.length}`))).toBe("taken");
    expect(lost).toEqual(expected);
  }
  expect(await outcomeOf(take("one more"))).toBe("isolate");
});

it("is not taken from another tenant's only file, nor by a tenant that has as many", async () => {
  const lost: string[] = [];
  for (const tenantId of ["slow", "a", "a", "b", "b"]) {
    ((await take(tenantId)) as Place).onLost = () => void lost.push(tenantId);
  }
  vi.setSystemTime(Date.now() + 10_000);
  expect(await outcomeOf(take("a"))).toBe("taken");
  expect(await outcomeOf(take("quiet"))).toBe("taken");
  expect(lost).toEqual(["a", "a"]);
  expect(await outcomeOf(take("slow"))).toBe("taken");
  expect(lost).toEqual(["a", "a", "b"]);
});

it("is taken only from files that count to each full share", async () => {
  const lost: string[] = [];
  for (const [tenantId, endUser] of [
    ["a", null],
    ["b", "1"],
    ["b", "2"],
  ] as const) {
    const place = (await take(tenantId, { endUser })) as Place;
    place.onLost = () => void lost.push(endUser ?? tenantId);
    place.count(tenantId === "a" ? 0 : 1_000);
  }
  vi.setSystemTime(Date.now() + 10_000);
  expect(await outcomeOf(take("b", { endUser: "3" }))).toBe("taken");
  expect(lost).toEqual(["1"]);
});

it("goes from files that stall to a whole one, which is stored; the one that lost it stores nothing", async () => {
  /** Stores a file of unknown length that stalls after 2 MiB until it is released. */
  const store = (tenantId: string, stalls: boolean) => {
    const chunks = pieces(mp4(6 * MIB), 256 * 1024);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let sent = 0;
    const stored = storeMedia({
      bucket,
      key: `results/${tenantId}/${crypto.randomUUID()}`,
      next: async () => {
        if (stalls && sent === 8) await released;
        return chunks[sent++] ?? null;
      },
      length: null,
      declaredType: null,
      maxBytes: () => 100 * MIB,
      takePlace: async (speed) => {
        const place = await takePartMemory({ tenantId, endUser: null }, Math.max(speed, MIB), 5_000);
        return typeof place === "string" ? null : place;
      },
    });
    return { stored, release, isStalled: () => sent === 8 };
  };
  const stalled = ["a", "a", "a", "b", "b"].map((tenantId) => store(tenantId, true));
  await expect.poll(() => stalled.every(({ isStalled }) => isStalled())).toBe(true);
  vi.setSystemTime(Date.now() + 10_000);
  expect(await store("quiet", false).stored).toMatchObject({ ok: true, bytes: 6 * MIB });
  for (const { release } of stalled) release();
  const outcomes = await Promise.all(stalled.map(({ stored }) => stored));
  expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(4);
  expect(outcomes.filter((outcome) => !outcome.ok)).toMatchObject([{ reason: "no-memory" }]);
});
