/** A task of this sitting: its progress as it goes, its results in place, and what can be done with it. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import { type Api, ApiError } from "../../lib/api.ts";
import { chargeOf, statusTone } from "../../lib/task-status.ts";
import type { Task } from "../../lib/types.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Badge, Card, Notice, Waiting } from "../../ui/parts.tsx";
import { followTask } from "./follow-task.ts";

const STATUS = ["queuing", "generating", "completed", "failed", "review", "cancelled"] as const;

const statusText = (status: number) => t(`playground.${STATUS[status] ?? "generating"}`);

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
        <Badge tone={statusTone(task.taskStatus)}>{statusText(task.taskStatus)}</Badge>
        <span>{chargeOf(task)}</span>
      </p>
      <Announcement task={task} />
      {isEnded(task) ? <Results task={task} /> : <RunProgress task={task} />}
      <div class="actions">
        <Button icon="refresh" work={again}>
          {t("playground.again")}
        </Button>
        <LinkButton href={`#/tasks/${taskId}`}>{t("playground.openTask")}</LinkButton>
      </div>
    </article>
  );
}

function isEnded({ taskStatus }: Pick<Task, "taskStatus">): boolean {
  return taskStatus === 2 || taskStatus === 3 || taskStatus === 5;
}

function RunProgress({ task }: { readonly task: Task }) {
  const status = statusText(task.taskStatus);
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
  const status = statusText(task.taskStatus);
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

function Results({ task }: { readonly task: Task }) {
  if (task.taskStatus !== 2) {
    return <Notice tone="bad">{task.failReason || statusText(task.taskStatus)}</Notice>;
  }
  return (
    <ul class="run-results">
      {task.results.map((result, index) => (
        // Results have no other name than their place.
        <li key={`${task.taskId} ${String(index)}`}>
          <Result task={task} result={result} number={index + 1} />
        </li>
      ))}
    </ul>
  );
}

function Result(props: { readonly task: Task; readonly result: Task["results"][number]; readonly number: number }) {
  const { task, result, number } = props;
  const { fileUrl, failReason } = result;
  if (fileUrl === null) {
    return (
      <Notice tone="bad">
        {t("playground.resultFailed", { number, reason: failReason || t("playground.noReason") })}
      </Notice>
    );
  }
  const label = t("playground.resultOf", { number });
  const isVideo = task.taskType === 1;
  const name = `${task.taskId}-${number}.${isVideo ? "mp4" : "png"}`;
  const download = `${fileUrl}${fileUrl.includes("?") ? "&" : "?"}download=${encodeURIComponent(name)}`;
  return (
    <figure class="run-result">
      {isVideo ? (
        // biome-ignore lint/a11y/useMediaCaption: a generated video has no captions
        <video src={fileUrl} controls playsInline preload="metadata" aria-label={label} />
      ) : (
        <a href={fileUrl} target="_blank" rel="noreferrer">
          <img src={fileUrl} alt={`${label}: ${task.prompt}`} loading="lazy" />
        </a>
      )}
      <figcaption>
        <a class="button" href={download} aria-label={`${t("playground.download")}: ${label}`}>
          <Icon name="download" />
          {t("playground.download")}
        </a>
      </figcaption>
    </figure>
  );
}
