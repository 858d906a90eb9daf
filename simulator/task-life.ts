import type { TaskRecord } from "./task-record.ts";

/** `data.taskStatus`: 0 queuing, 1 generating, 2 completed, 3 failed, 4 under safety review, 5 cancelled. */
export type TaskStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** Where a task stands at one moment. */
export interface TaskLife {
  readonly status: TaskStatus;
  /** percent; 100 only when completed */
  readonly progress: number;
  readonly failReason: string;
  /** status 2, 3 or 5: nothing changes any more */
  readonly ended: boolean;
}

const LAST_PERCENT = 99;

/** Where `task` stands at `now` (milliseconds of the simulator's clock). No timers: time alone decides. */
export function lifeAt(task: Pick<TaskRecord, "plan" | "acceptedAt" | "forced">, now: number): TaskLife {
  const { plan, forced } = task;
  if (forced !== null && forced.end !== "lost" && forced.end !== "never" && now >= forced.at) {
    return ended(forced.end, forced.failReason);
  }
  const age = now - task.acceptedAt;
  if (age < plan.queueMs) return running(0, 0);
  const generating = age - plan.queueMs;
  if (generating < plan.generateMs) return running(1, Math.floor((generating / plan.generateMs) * (LAST_PERCENT + 1)));
  if (generating < plan.generateMs + (plan.reviewMs ?? 0)) return running(4, LAST_PERCENT);
  const end = plan.end ?? "completed";
  return end === "never" ? running(1, LAST_PERCENT) : ended(end, plan.failReason ?? "");
}

function running(status: TaskStatus, progress: number): TaskLife {
  return { status, progress: Math.min(progress, LAST_PERCENT), failReason: "", ended: false };
}

function ended(end: "completed" | "failed" | "cancelled", failReason: string): TaskLife {
  if (end === "completed") return { status: 2, progress: 100, failReason: "", ended: true };
  if (end === "cancelled") return { status: 5, progress: LAST_PERCENT, failReason, ended: true };
  return { status: 3, progress: LAST_PERCENT, failReason: failReason || "Generation failed", ended: true };
}
