import { expect, it } from "vitest";
import { takePartMemory } from "../../src/files/part-memory.ts";

it("is for two copies of one tenant and four of all; others wait until a place is free, or for as long as they may", async () => {
  const take = (tenant: string) => takePartMemory(tenant, 0);
  const [a, b] = [await take("a"), await take("a")];
  expect([a, b]).not.toContain(null);
  expect(await take("a")).toBeNull();
  const others = [await take("b"), await take("c")];
  expect(others).not.toContain(null);
  expect(await take("d")).toBeNull();

  const waiting = takePartMemory("d", 60_000);
  others[0]?.();
  const d = await waiting;
  expect(d).not.toBeNull();
  expect(await takePartMemory("b", 100)).toBeNull();
  const again = takePartMemory("a", 60_000);
  a?.();
  const last = await again;
  expect(last).not.toBeNull();
  for (const giveBack of [b, d, last, others[1]]) giveBack?.();
});
