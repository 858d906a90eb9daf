/** CPU time of work, for tests in Node that show that work is cheap. Elapsed time would fail them on a busy machine. */

declare const process: { cpuUsage(): { readonly user: number; readonly system: number } };

/** Returns the CPU time in ms that this process spends while the work runs. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const after = process.cpuUsage();
  return (after.user - before.user + after.system - before.system) / 1_000;
}
