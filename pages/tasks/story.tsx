/** Everything about one task, for the operator and for the tenant's people. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import type { Task, TaskStory } from "../lib/types.ts";
import { Copyable } from "../ui/button.tsx";
import { Card, Facts, Moment, Notice, PageHead } from "../ui/parts.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Results } from "./media.tsx";
import { TaskLedger } from "./money.tsx";
import { RequestCard } from "./request.tsx";
import { chargeOf, creditsText, isEnded, nameOf, secondsText, TaskStatus } from "./status.tsx";
import { Timeline } from "./timeline.tsx";

type Fact = readonly [name: string, value: ComponentChildren] | false;

/** What differs between the operator's page and the tenant's. */
export interface StoryProps {
  readonly story: TaskStory;
  /** Links and names above what all readers see. */
  readonly owners: readonly Fact[];
  /** Address of the tenant's tasks. */
  readonly tasks: string;
  readonly actions: ComponentChildren;
  readonly redeliver: (() => Promise<unknown>) | null;
}

const LOOK_AGAIN_MS = 4_000;
const SOON_MS = 60_000;

/** Returns in how many ms a page looks again: while the task runs or a delivery is due; null: nothing changes. */
export function lookAgain({ task, deliveries }: TaskStory): number | null {
  const isSoon = (at: string | null) => at !== null && Date.parse(at) - Date.now() < SOON_MS;
  return !isEnded(task) || deliveries.some(({ nextAttemptAt }) => isSoon(nextAttemptAt)) ? LOOK_AGAIN_MS : null;
}

/** The page of a task, below the link back to its list. */
export function StoryView({ story, owners, tasks, actions, redeliver }: StoryProps) {
  const { task } = story;
  return (
    <>
      <PageHead
        title={
          <>
            {nameOf(task)} <TaskStatus status={task.taskStatus} />
          </>
        }
        actions={actions}
      >
        <p class="under">
          <Copyable text={String(task.taskId)} />
          <Moment at={story.createdAt} />
        </p>
      </PageHead>
      <Outcome story={story} />
      <Results task={task} />
      <Card title={t("task.about")}>
        <Facts entries={[...owners, ...factsOf(story, tasks), ...wishesOf(task)]} />
      </Card>
      <Timeline story={story} />
      <RequestCard request={story.request} />
      <TaskLedger story={story} />
      <Deliveries story={story} redeliver={isEnded(task) ? redeliver : null} />
    </>
  );
}

/** How the task ended, in words; while it runs, how far it is. */
function Outcome({ story: { task } }: { readonly story: TaskStory }) {
  const { taskStatus, failReason, progress, results } = task;
  if (taskStatus === 3) {
    return (
      <Notice tone="bad">
        {t("task.failedNotice", { reason: asSentence(failReason || t("task.noReason")) })} {t("task.failedMoney")}
      </Notice>
    );
  }
  if (taskStatus === 5) return <Notice tone="info">{t("task.cancelledNotice")}</Notice>;
  if (taskStatus === 2) {
    const failed = results.filter(({ fileUrl }) => !fileUrl).length;
    return failed > 0 ? <Notice tone="warn">{t("task.partNotice", { count: failed })}</Notice> : null;
  }
  const text = taskStatus === 4 ? t("task.reviewNotice") : t("task.liveNotice", { progress: String(progress) });
  return (
    <div class="notice info" role="status">
      {text}
    </div>
  );
}

function asSentence(text: string): string {
  return /[.!?。！？]$/.test(text) ? text : t("task.sentence", { text });
}

function factsOf(story: TaskStory, tasks: string): Fact[] {
  const { task, endUser, tokenId, createdAt, endedAt, settlement, credits } = story;
  const { model } = story.request as { readonly model?: string };
  const settled = t(`task.settlement_${settlement}`);
  return [
    [t("task.number"), <Copyable key="number" text={task.taskNo} />],
    model !== undefined && [t("task.model"), model],
    endUser !== null && [
      t("task.endUser"),
      <a key="user" href={`${tasks}?endUser=${encodeURIComponent(endUser)}`}>
        {endUser}
      </a>,
    ],
    tokenId !== null && [t("task.clientToken"), <code key="token">{tokenId}</code>],
    [t("task.price"), settlement === "released" ? chargeOf(task) : `${creditsText(credits)}, ${settled}`],
    [t("task.ended"), endedAt === null ? t("task.stillRunning") : <Moment key="ended" at={endedAt} />],
    endedAt !== null && [t("task.took"), secondsText(Date.parse(endedAt) - Date.parse(createdAt))],
  ];
}

/** What was asked for, in short; the request has all of it. */
function wishesOf(task: Task): Fact[] {
  const parts =
    task.taskType === 1
      ? [task.resolution, task.durationSeconds ? `${task.durationSeconds} s` : null, task.aspectRatio]
      : [task.size, task.aspectRatio, `${task.imageCount ?? 1} ×`];
  const kind = task.taskType === 1 ? t("task.video") : t("task.image");
  return [
    [t("task.kind"), [kind, ...parts].filter(Boolean).join(", ")],
    ...Object.entries(task.metadata).map(([name, value]): Fact => [t("task.metadataName", { name }), value]),
  ];
}
