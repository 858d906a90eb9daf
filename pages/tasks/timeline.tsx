/** What happened to a task, and when. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import type { TaskStory } from "../lib/types.ts";
import { Card, Moment, type Tone } from "../ui/parts.tsx";

type StoryEvent = TaskStory["timeline"][number];

/** A line of the time line. */
interface Line {
  readonly name: string;
  readonly tone: Tone;
  readonly at: string;
  readonly details: ComponentChildren;
}

/** The time line of a task, oldest first. */
export function Timeline({ story }: { readonly story: TaskStory }) {
  return (
    <Card title={t("task.timeline")}>
      <ol class="timeline">
        {linesOf(story.timeline).map(({ name, tone, at, details }) => (
          <li key={`${name} ${at}`} class={tone}>
            <b>{name}</b>
            <Moment at={at} />
            {details && <span class="faint long">{details}</span>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** Copies within a second of each other are one line. */
function linesOf(events: readonly StoryEvent[]): Line[] {
  const lines: Line[] = [];
  const copies: { at: string; files: string[] }[] = [];
  for (const event of events) {
    if (event.event !== "copied") {
      lines.push(lineOf(event));
      continue;
    }
    const last = copies.at(-1);
    if (last && Date.parse(event.at) - Date.parse(last.at) < 1_000) last.files.push(fileName(event.file ?? ""));
    else copies.push({ at: event.at, files: [fileName(event.file ?? "")] });
  }
  for (const { at, files } of copies)
    lines.push({ name: t("task.eventCopied"), tone: "neutral", at, details: files.join(", ") });
  return lines.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function lineOf({ event, at, count = 0, status, url }: StoryEvent): Line {
  switch (event) {
    case "accepted":
      return { name: t("task.eventAccepted"), tone: "neutral", at, details: null };
    case "submitted":
      return { name: t("task.eventSubmitted"), tone: "neutral", at, details: null };
    case "polls":
      return { name: t("task.eventGenerating"), tone: "info", at, details: t("task.polls", { count }) };
    case "delivered":
      return { name: t("task.eventDelivered"), tone: "good", at, details: url };
    default:
      if (status === "completed") return { name: t("task.eventCompleted"), tone: "good", at, details: null };
      if (status === "cancelled") return { name: t("task.eventCancelled"), tone: "neutral", at, details: null };
      return { name: t("task.eventFailed"), tone: "bad", at, details: null };
  }
}

/** `0` is result 1, `t0` its thumbnail. */
function fileName(file: string): string {
  const number = Number(file.replace(/\D/g, "")) + 1;
  return file.startsWith("t") ? t("task.copiedThumbnail", { number }) : t("task.copiedResult", { number });
}
