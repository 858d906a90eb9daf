/** A task of this sitting: its progress as it goes, its results in place, and what can be done with it. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import { type Api, ApiError } from "../../lib/api.ts";
import type { Task } from "../../lib/types.ts";
import { Results } from "../../tasks/media.tsx";
import { chargeOf, isEnded, statusName, TaskStatus } from "../../tasks/status.tsx";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Card, Notice, Waiting } from "../../ui/parts.tsx";
import { followTask } from "./follow-task.ts";

interface RunProps {
  readonly api: Api;
  readonly taskId: number;
  readonly again: () => Promise<void>;
  /** Called if the task does not exist any more. */
  readonly gone: () => void;
}

/** Shows a task from its submission to its results. */
export function RunCard({ api, taskId, again, gone }: RunProps) {
  const [task, setTask] = useState<Task | null>(null);
  useEffect(
    () =>
      followTask(api, taskId, setTask, (error) => {
        if (error instanceof ApiError && error.status === 404) gone();
      }),
    [api, taskId],
  );
  if (task === null)
    return (
      <Card title={String(taskId)}>
        <Waiting />
      </Card>
    );
  return (
    <article class="card run" aria-label={task.prompt || task.taskName || String(taskId)}>
      <p class="run-prompt">{task.prompt || task.taskName}</p>
      <p class="run-facts">
        <TaskStatus status={task.taskStatus} />
        <span>{chargeOf(task)}</span>
      </p>
      <Announcement task={task} />
      {!isEnded(task) && <RunProgress task={task} />}
      {isEnded(task) && task.taskStatus !== 2 && (
        <Notice tone="bad">{task.failReason || statusName(task.taskStatus)}</Notice>
      )}
      <Results task={task} />
      <div class="actions">
        <Button icon="refresh" work={again}>
          {t("playground.again")}
        </Button>
        <LinkButton href={`#/tasks/${taskId}`}>{t("playground.openTask")}</LinkButton>
      </div>
    </article>
  );
}

function RunProgress({ task }: { readonly task: Task }) {
  const status = statusName(task.taskStatus);
  return (
    <div class="run-progress">
      <progress max={100} value={task.progress} aria-label={status} />
      <span>{t("playground.progress", { status, percent: task.progress })}</span>
    </div>
  );
}

/** Read out by a screen reader: each change of the status, every quarter of the progress, and the end. */
function Announcement({ task }: { readonly task: Task }) {
  const files = task.results.filter(({ fileUrl }) => fileUrl !== null).length;
  const quarter = Math.floor(task.progress / 25) * 25;
  const status = statusName(task.taskStatus);
  const text = isEnded(task)
    ? task.taskStatus === 2
      ? t("playground.announceDone", { results: t("playground.files", { count: files }) })
      : `${status}. ${task.failReason}`
    : t("playground.progress", { status, percent: quarter });
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}
