import { describe, expect, it } from "vitest";
import type { Access } from "../../../src/tenant/rules/access.ts";
import { EventStreams } from "../../../src/tenant/rules/event-streams.ts";

const NOW = 1_800_000_000_000;

/** As much of an access as decides about streams. */
function access(kind: "key" | "token" | "portal", name: string, concurrentTasks = 10): Access {
  return {
    tenant: { settings: { concurrentTasks } },
    key: { keyId: kind === "portal" ? "portal" : name },
    caller: { kind, session: name },
    owner: kind === "token" ? { column: "end_user", value: name } : null,
  } as unknown as Access;
}

/** @returns how many new streams a credential gets */
function places(streams: EventStreams, by: Access, now = NOW): number {
  let opened = 0;
  while (opened < 200 && streams.renew(by, crypto.randomUUID(), now + 8_000, now) === null) opened += 1;
  return opened;
}

describe("EventStreams", () => {
  it.each([
    [access("key", "a", 1), 20],
    [access("key", "a", 60), 60],
    [access("key", "a", 1_000_000), 100],
    [access("token", "ann", 1_000_000), 10],
    [access("portal", "session 1", 1_000_000), 10],
  ])("gives a credential its number of places: %#", (by, most) => {
    expect(places(new EventStreams(), by)).toBe(most);
  });

  it("counts each credential apart", () => {
    const streams = new EventStreams();
    expect(places(streams, access("key", "a"))).toBe(20);
    expect(streams.renew(access("key", "a"), "one more", NOW, NOW)).toMatchObject({ status: 429, code: 70002 });
    expect(places(streams, access("key", "b"))).toBe(20);
    expect(places(streams, access("token", "a"))).toBe(10);
    // People in the portal have sessions, and all of them one key id.
    expect(places(streams, access("portal", "session 1"))).toBe(10);
    expect(places(streams, access("portal", "session 2"))).toBe(10);
  });

  it("frees a place when a stream ends", () => {
    const streams = new EventStreams();
    const by = access("key", "a");
    streams.renew(by, "first", NOW, NOW);
    expect(places(streams, by)).toBe(19);
    streams.end(by, "first");
    expect(places(streams, by)).toBe(1);
  });

  it("keeps a renewed place, and frees the places of streams that ask no more, as after a crash", () => {
    const streams = new EventStreams();
    const by = access("key", "a");
    streams.renew(by, "first", NOW + 8_000, NOW);
    places(streams, by);
    expect(streams.renew(by, "first", NOW + 16_000, NOW + 8_000)).toBeNull();
    expect(places(streams, by, NOW + 11_999)).toBe(0);
    expect(places(streams, by, NOW + 12_000)).toBe(19);
  });

  it("keeps nothing of credentials whose streams were never closed", () => {
    const streams = new EventStreams();
    for (let at = 0; at < 1_000; at += 1) {
      const now = NOW + at * 20_000;
      streams.renew(access("token", `user ${at}`), "only", now + 8_000, now);
    }
    expect(streams.credentials).toBe(1);
  });
});
