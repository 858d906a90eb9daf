/**
 * Files inside workerd share their runtime, because its start takes longer than most of them. Each leaves it without objects and
 * modules: those of the gateway remember credentials, the state of master keys and what the Directory knows.
 */
import { reset } from "cloudflare:test";
import { afterAll, vi } from "vitest";

afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
  vi.resetModules();
});
