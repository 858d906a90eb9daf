/** One generation: its files, what was asked for, how its webhook fared. */
import { confirmDialog } from "../lib/dialog.ts";
import { type Child, fill, h } from "../lib/dom.ts";
import { focusReturn } from "../lib/focus.ts";
import { formatNumber, TASK_STATUS } from "../lib/format.ts";
import { icon } from "../lib/icons.ts";
import { crumb } from "../lib/router.ts";
import { chargeOf, statusTone } from "../lib/task-status.ts";
import { toast } from "../lib/toast.ts";
import type { Deliveries, Task } from "../lib/types.ts";
import {
  badge,
  button,
  card,
  cardTitle,
  copyable,
  facts,
  loading,
  moment,
  notice,
  pageHead,
  table,
  when,
} from "../lib/ui.ts";
import type { PortalContext } from "./context.ts";
import { player, utcTime } from "./gallery.ts";

const POLL_MS = 4_000;

/** Shows one task with its results and its request. */
export function taskPage(context: PortalContext, taskId: string): Node {
  const { api, readOnly } = context;
  const load = () => api.get<Task>(`/tasks/${encodeURIComponent(taskId)}`);
  const view = (task: Task): Child => {
    const ended = isEnded(task);
    return [
      crumb("/tasks", "Tasks"),
      pageHead(
        [task.taskName || "Task", " ", badge(TASK_STATUS[task.taskStatus] ?? "", statusTone(task.taskStatus))],
        ended && !readOnly && button("Delete", () => remove(context, task), { kind: "danger" }),
        h("p", { class: "under" }, copyable(String(task.taskId)), when(utcTime(task))),
      ),
      task.failReason && notice("bad", task.failReason),
      !ended && notice("info", `${task.progress} % done. This page looks again by itself.`),
      h(
        "div",
        { class: "results" },
        task.results.map((result, index) => resultView(task, result, index)),
      ),
      card(cardTitle("What was asked for"), facts(askedFor(task))),
      ended && deliveriesCard(context, task),
    ];
  };
  const place = h("div");
  // What is shown stays until something else is known, also while the gateway cannot be reached.
  const follow = (shown: Task): void => {
    if (isEnded(shown)) return;
    setTimeout(async () => {
      if (!place.isConnected) return;
      const task = await load().catch(() => shown);
      if (JSON.stringify(task) !== JSON.stringify(shown)) {
        const returnFocus = focusReturn();
        fill(place, view(task));
        returnFocus();
      }
      follow(task);
    }, POLL_MS);
  };
  return loading(async () => {
    const task = await load();
    fill(place, view(task));
    follow(task);
    return place;
  });
}

function isEnded({ taskStatus }: Task): boolean {
  return [2, 3, 5].includes(taskStatus);
}

function resultView(task: Task, { fileUrl, failReason }: Task["results"][number], index: number): Child {
  if (!fileUrl) return task.taskStatus === 2 && notice("bad", `Result ${index + 1}: ${failReason || "there is none"}`);
  const name = `${task.taskId}-${index + 1}.${task.taskType === 1 ? "mp4" : "png"}`;
  const download = `${fileUrl}${fileUrl.includes("?") ? "&" : "?"}download=${encodeURIComponent(name)}`;
  return h(
    "figure",
    { class: "result" },
    task.taskType === 1
      ? player(fileUrl)
      : h("img", { src: fileUrl, alt: task.prompt || `Result ${index + 1}`, loading: "lazy" }),
    h(
      "figcaption",
      {},
      copyable(fileUrl, `${index + 1}. file URL`),
      h("a", { class: "button", href: download }, icon("download"), "Download"),
    ),
  );
}

function askedFor(task: Task): [string, Child][] {
  const references = [task.refImageUrls, task.refVideoUrls, task.refAudioUrls].flatMap((urls) => urls ?? []);
  const entries: [string, Child][] = [
    ["Prompt", task.prompt || "–"],
    ["Method", task.genMethod ?? "–"],
    ["Price", chargeOf(task)],
  ];
  if (task.taskType === 1)
    entries.push([
      "Video",
      [task.resolution, task.durationSeconds ? `${task.durationSeconds} s` : null, task.aspectRatio]
        .filter(Boolean)
        .join(", ") || "–",
    ]);
  else entries.push(["Image", [task.size, task.aspectRatio, `${task.imageCount ?? 1} ×`].filter(Boolean).join(", ")]);
  if (task.quality) entries.push(["Quality", String(task.quality)]);
  if (references.length > 0) entries.push(["References", references.map((url) => h("div", { class: "long" }, url))]);
  for (const [name, value] of Object.entries(task.metadata)) entries.push([`metadata: ${name}`, value]);
  return entries;
}

function deliveriesCard({ api, readOnly }: PortalContext, { taskId }: Task): Node {
  const place = h("div");
  const path = `/tasks/${taskId}/deliveries`;
  const draw = (load: () => Promise<Deliveries>) =>
    fill(
      place,
      loading(async () => deliveriesView(await load())),
    );
  draw(() => api.get<Deliveries>(path));
  const again = async () => {
    const view = await api.send<Deliveries>("POST", `${path}/redeliver`);
    toast("It is being delivered again");
    draw(async () => view);
  };
  return card(cardTitle("Webhook deliveries", !readOnly && button("Deliver again", again)), place);
}

function deliveriesView({ attempts, nextAttemptAt }: Deliveries): Child {
  if (attempts.length === 0)
    return h(
      "p",
      { class: "faint" },
      nextAttemptAt
        ? ["The first attempt is due ", when(nextAttemptAt), "."]
        : "There was nowhere to deliver to, or nothing has been tried yet.",
    );
  return [
    table<Deliveries["attempts"][number]>(
      [
        { title: "When", value: ({ at }) => moment(at) },
        {
          title: "Answer",
          value: ({ status, error }) =>
            status !== null && status < 300
              ? badge(String(status), "good")
              : badge(status === null ? (error ?? "none") : String(status), "bad"),
        },
        { title: "Took", value: ({ durationMs }) => `${formatNumber(Math.round(durationMs))} ms`, numeric: true },
        { title: "Where", value: ({ url }) => h("span", { class: "long" }, url) },
      ],
      attempts.toReversed(),
    ),
    nextAttemptAt && h("p", { class: "faint" }, "The next attempt is due ", when(nextAttemptAt), "."),
  ];
}

function remove({ api }: PortalContext, { taskId, taskName }: Task): void {
  confirmDialog({
    title: `Delete ${taskName || "this task"}?`,
    text: "Its files are deleted, and their URLs stop working for everybody.",
    submit: "Delete",
    work: () => api.send("DELETE", `/tasks/${taskId}`),
    done: () => {
      toast("Deleted");
      location.hash = "#/tasks";
    },
  });
}
