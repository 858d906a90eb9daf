/** Generations as pictures: thumbnails from their stable URLs, videos that play when pointed at. */
import { type Child, h } from "../lib/dom.ts";
import { TASK_STATUS } from "../lib/format.ts";
import { icon } from "../lib/icons.ts";
import { chargeOf, statusTone } from "../lib/task-status.ts";
import type { Task } from "../lib/types.ts";
import { badge, when } from "../lib/ui.ts";

/** Shows tasks with their pictures and videos. */
export function gallery(tasks: readonly Task[]): Node {
  return h(
    "ul",
    { class: "gallery" },
    tasks.map((task) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: `#/tasks/${task.taskId}`, class: "tile" },
          h("div", { class: "tile-picture" }, picture(task), count(task)),
          h(
            "div",
            { class: "tile-text" },
            h("b", {}, task.taskName || task.prompt || `Task ${task.taskId}`),
            h("small", {}, when(utcTime(task)), ` · ${chargeOf(task)}`),
          ),
        ),
      ),
    ),
  );
}

/** The upstream says times without an offset; they are UTC. */
export function utcTime({ createTime }: Task): string {
  return /Z$|[+-]\d\d:\d\d$/.test(createTime) ? createTime : `${createTime}Z`;
}

function count({ results, taskType }: Task): Child {
  if (taskType === 1) return h("span", { class: "tile-count" }, icon("video"));
  return results.length > 1 && h("span", { class: "tile-count" }, `${results.length}`);
}

function picture(task: Task): Child {
  const first = task.results.find(({ fileUrl }) => fileUrl);
  if (task.taskStatus !== 2 || !first?.fileUrl) return waiting(task);
  if (task.taskType === 2) return image(first.thumbnailUrl ?? first.fileUrl, task);
  if (first.thumbnailUrl) return image(first.thumbnailUrl, task);
  return preview(first.fileUrl);
}

function image(src: string, { prompt, taskName }: Task): HTMLElement {
  return h("img", { src, alt: prompt || taskName || "", loading: "lazy", decoding: "async" });
}

/** The thing itself, to be played. */
export function player(src: string): HTMLElement {
  return h("video", { src, preload: "metadata", playsinline: true, controls: true });
}

/** A video as a picture of itself, which moves when pointed at. */
function preview(src: string): HTMLElement {
  const element = h("video", { preload: "metadata", playsinline: true, loop: true });
  element.muted = true;
  element.addEventListener("mouseenter", () => void element.play().catch(() => {}));
  element.addEventListener("mouseleave", () => element.pause());
  whileVisible.observe(element);
  sources.set(element, src);
  return element;
}

const sources = new WeakMap<Element, string>();

/** A loaded video may hold a connection to the server, of which a browser has few: only those in sight have one. */
const whileVisible = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const element = target as HTMLVideoElement;
    if (isIntersecting) element.src = sources.get(element) ?? "";
    else element.removeAttribute("src");
    element.load();
  }
});

function waiting({ taskStatus, progress }: Task): Child {
  const bar = h("i");
  bar.style.width = `${progress}%`;
  return h(
    "div",
    { class: "tile-waiting" },
    badge(TASK_STATUS[taskStatus] ?? "", statusTone(taskStatus)),
    taskStatus < 2 &&
      h(
        "div",
        {
          class: "progress",
          role: "progressbar",
          "aria-valuenow": progress,
          "aria-valuemin": 0,
          "aria-valuemax": 100,
          "aria-label": "Progress",
        },
        bar,
      ),
  );
}
