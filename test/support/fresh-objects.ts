/** Files inside workerd share their runtime, because its start takes longer than most of them. Each begins without objects and log. */
import { reset } from "cloudflare:test";
import { afterAll, beforeAll, vi } from "vitest";
import { clearLog } from "./confidential.ts";

beforeAll(clearLog);
// Not before the next file: requests that the reset cuts off would be logged as errors of that file.
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});
