/**
 * Waiting in tests: for a state, or, where the absence of something is tested, for a span of time. Limits are for what hangs:
 * a busy machine may take many times as long as an idle one.
 */

/**
 * Waits until `holds` returns something else than false or null, and returns that.
 *
 * @param what for the error, e.g. "the task to end"
 * @throws Error if that takes longer than `timeoutMs`
 */
export async function until<T>(
  what: string,
  holds: () => T | false | null | Promise<T | false | null>,
  timeoutMs = 40_000,
  everyMs = 25,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const value = await holds();
    if (value !== false && value !== null) return value;
    if (Date.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await pass(everyMs);
  }
}

/**
 * Lets time pass. Only where a test shows that nothing happens meanwhile, where a limit of time itself is tested, and in
 * fakes that are slow on purpose; everything else waits for a state with `until`, `expect.poll` or `vi.waitFor`.
 */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
