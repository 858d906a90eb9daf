/** A task's status in words, colour and sign, and its price. */
import { lookUp, t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import type { Task } from "../lib/types.ts";
import type { Choices } from "../ui/fields.tsx";
import { Badge, type Tone } from "../ui/parts.tsx";

const STATUSES = [0, 1, 2, 3, 4, 5] as const;

/** Returns the name of a status. */
export function statusName(status: number): string {
  return lookUp("task", `status${status}`) ?? String(status);
}

/** Returns all statuses, for a filter. */
export function statusChoices(): Choices {
  return STATUSES.map((status) => [String(status), statusName(status)]);
}

function toneOf(status: number): Tone {
  if (status === 2) return "good";
  if (status === 3) return "bad";
  return status === 5 ? "neutral" : "info";
}

/** A task's status. */
export function TaskStatus({ status }: { readonly status: number }) {
  return <Badge tone={toneOf(status)}>{statusName(status)}</Badge>;
}

/** Returns true once nothing about the task's result can change. */
export function isEnded({ taskStatus }: Pick<Task, "taskStatus">): boolean {
  return [2, 3, 5].includes(taskStatus);
}

/** What a task costs: nothing if it failed, was cancelled or ended without a single file (docs/money.md). */
export function chargeOf({ taskStatus, results, estimatedCredits }: Task): string {
  const charged = taskStatus === 2 ? results.some(({ fileUrl }) => fileUrl) : taskStatus !== 3 && taskStatus !== 5;
  return charged ? t("common.credits", { count: estimatedCredits }) : t("task.notCharged");
}

/** Returns the name under which a task is shown. */
export function nameOf({ taskName, prompt, taskId }: Pick<Task, "taskName" | "prompt" | "taskId">): string {
  return taskName || prompt || t("task.taskNumber", { id: String(taskId) });
}

/** Returns a time of the upstream, which has no offset but is UTC, as ISO 8601. */
export function utcTime({ createTime }: Pick<Task, "createTime">): string {
  return /Z$|[+-]\d\d:\d\d$/.test(createTime) ? createTime : `${createTime}Z`;
}

/** Progress of a task that runs. */
export function Progress({ task }: { readonly task: Pick<Task, "taskStatus" | "progress"> }) {
  if (task.taskStatus > 1) return null;
  return <progress class="progress" value={task.progress} max={100} aria-label={t("tasks.progress")} />;
}

/** Returns credits with a word, such as `12 credits`. */
export function creditsText(credits: number): string {
  return t("common.credits", { count: credits });
}

/** Returns `12.3 s` of a duration in ms. */
export function secondsText(ms: number): string {
  const rounded = ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1_000);
  return t("task.seconds", { seconds: formatNumber(rounded) });
}
