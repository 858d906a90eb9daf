/** How much memory processes really hold, from Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** @returns bytes resident in all processes of this group whose name is `name`; 0 if there is none, or no /proc */
function residentBytes(groupId: number, name: string): number {
  let sum = 0;
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      // "pid (name) state ppid pgrp …"; the name may hold blanks and brackets.
      const [, comm, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      if (comm !== name || Number(rest?.split(" ")[2]) !== groupId) continue;
      const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      sum += Number(kib ?? 0) * 1_024;
    } catch {
      // It ended while it was looked at.
    }
  }
  return sum;
}

/** Runs `work`, and tells by how many bytes the workerd processes of this group grew at most meanwhile. */
export async function growthDuring<T>(groupId: number, work: () => Promise<T>): Promise<{ result: T; growth: number }> {
  const before = residentBytes(groupId, "workerd");
  if (before === 0) throw new Error(`no workerd runs in process group ${groupId}`);
  let peak = before;
  let done = false;
  const watching = (async () => {
    while (!done) {
      await sleep(20);
      peak = Math.max(peak, residentBytes(groupId, "workerd"));
    }
  })();
  const result = await work().finally(() => {
    done = true;
  });
  await watching;
  return { result, growth: peak - before };
}
