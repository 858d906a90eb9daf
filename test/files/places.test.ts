/** Who gives a place to whom: slow transfers to faster ones, and nobody another tenant's only one. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Place, Places } from "../../src/files/places.ts";
import { pass } from "../support/until.ts";

const KIB = 1_024;
const MIB = 1_048_576;
/** Longer than a transfer keeps its place whatever its speed. */
const LATER_MS = 5_000;

let now = 0;
beforeEach(() => {
  now = 1_000_000;
  vi.spyOn(Date, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const of = (owner: string, most = 9) => [{ owner, most }];

/** A transfer that holds a place, and whether it has lost it. */
function hold(places: Places, owner: string, most?: number): { readonly place: Place; isLost: boolean } {
  const place = places.take(of(owner, most), 0);
  if (typeof place === "string") throw new Error(`${owner} found no place: ${place}`);
  const transfer = { place, isLost: false };
  place.onLost = () => {
    transfer.isLost = true;
  };
  return transfer;
}

/** Lets transfers send for some seconds. */
function sendEach(transfers: readonly { readonly place: Place }[], bytesPerSecond: number, seconds: number): void {
  for (let left = seconds; left > 0; left -= 1) {
    for (const { place } of transfers) place.count(bytesPerSecond);
    now += 1_000;
  }
}

describe("a transfer without a place", () => {
  it("takes none of another tenant that has only one and a slow line, however fast it is itself", () => {
    const places = new Places(2);
    const others = [hold(places, "one"), hold(places, "two")];
    sendEach(others, 100 * KIB, 100);
    expect(places.take(of("three"), 100 * MIB)).toBe("isolate");
    expect(others.map(({ isLost }) => isLost)).toEqual([false, false]);
  });

  it("takes none of another tenant that has only one and stalls for some seconds, or has just begun", () => {
    const places = new Places(2);
    const stalling = hold(places, "one");
    sendEach([stalling], 100 * KIB, 30);
    const young = hold(places, "two");
    sendEach([stalling], 100 * KIB, 11);
    now += 4_000;
    expect(places.take(of("three"), 100 * MIB)).toBe("isolate");
    expect([stalling.isLost, young.isLost]).toEqual([false, false]);
  });

  it("takes the only one of another tenant that drips, whatever came at its start, unless it has one or drips itself", () => {
    const places = new Places(4);
    const [own, honest] = [hold(places, "own"), hold(places, "honest")];
    const [dripping, slowest] = [hold(places, "one"), hold(places, "two")];
    dripping.place.count(100 * MIB);
    for (let seconds = 0; seconds < 30; seconds += 1) {
      for (const { place } of [own, honest]) place.count(100 * KIB);
      dripping.place.count(64 * KIB);
      slowest.place.count(17 * KIB);
      now += 1_000;
    }
    expect(places.take(of("own"), 150 * KIB)).toBe("isolate");
    expect(places.take(of("as slow"), 70 * KIB)).toBe("isolate");
    expect(typeof places.take(of("three"), 100 * KIB)).toBe("object");
    expect([slowest.isLost, dripping.isLost]).toEqual([true, false]);
    expect(typeof places.take(of("four"), MIB)).toBe("object");
    expect(places.take(of("five"), MIB)).toBe("isolate");
    expect([own, honest, dripping].map(({ isLost }) => isLost)).toEqual([false, false, true]);
  });

  it("takes none of another tenant that has no more than its own", () => {
    const places = new Places(4);
    const held = ["one", "one", "two", "two"].map((owner) => hold(places, owner));
    for (const { place } of held.slice(2)) place.count(100 * MIB);
    now += LATER_MS;
    expect(places.take(of("two"), 100 * MIB)).toBe("isolate");
    expect(held.some(({ isLost }) => isLost)).toBe(false);
  });

  it("takes the slowest of a tenant that has several", () => {
    const places = new Places(3);
    const [first, second, other] = ["one", "one", "two"].map((owner) => hold(places, owner));
    first?.place.count(MIB);
    now += LATER_MS;
    expect(typeof places.take(of("three"), 100 * MIB)).toBe("object");
    expect([first?.isLost, second?.isLost, other?.isLost]).toEqual([false, true, false]);
  });

  it("takes its own tenant's, and no other's, if that tenant has all that it may have", () => {
    const places = new Places(9);
    const [own, other] = [hold(places, "one", 1), hold(places, "two")];
    now += LATER_MS;
    expect(typeof places.take(of("one", 1), MIB)).toBe("object");
    expect([own.isLost, other.isLost]).toEqual([true, false]);
  });

  it.each<[string, { bytes: number; afterMs: number; speed: number }]>([
    ["is young", { bytes: 0, afterMs: 3_999, speed: 100 * MIB }],
    ["is fast", { bytes: 5 * MIB, afterMs: LATER_MS, speed: 100 * MIB }],
    ["is as fast as itself", { bytes: MIB, afterMs: LATER_MS, speed: MIB / 5 }],
    ["is half as fast", { bytes: MIB, afterMs: LATER_MS, speed: (2 * MIB) / 5 }],
  ])("takes none of a transfer that %s", (_, { bytes, afterMs, speed }) => {
    const places = new Places(9);
    const held = hold(places, "one", 1);
    held.place.count(bytes);
    now += afterMs;
    expect(places.take(of("one", 1), speed)).toBe("tenant");
    expect(held.isLost).toBe(false);
  });

  it("finds one that was freed, once, also if it was lost before", () => {
    const places = new Places(1);
    const lost = hold(places, "one", 1);
    now += LATER_MS;
    const taken = places.take(of("one", 1), MIB);
    lost.place.free();
    expect(places.take(of("two"), 0)).toBe("isolate");
    if (typeof taken !== "string") taken.free();
    expect(typeof places.take(of("two"), 0)).toBe("object");
  });

  it("waits for its turn: a tenant that had no place within the last minute is before one that had", async () => {
    const places = new Places(1);
    hold(places, "served").place.free();
    const dripping = hold(places, "dripping");
    const served = places.wait(of("served"), MIB, 60_000);
    const honest = places.wait(of("honest"), MIB, 60_000);
    // A step at a time, because a waiting transfer that does not look for some seconds counts as cancelled.
    for (let seconds = 0; seconds < 20; seconds += 1) {
      now += 1_000;
      await pass(100);
    }
    const place = await honest;
    expect([typeof place, dripping.isLost]).toEqual(["object", true]);
    if (typeof place !== "string") place.free();
    expect(typeof (await served)).toBe("object");
  });
});
