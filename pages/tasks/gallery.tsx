/** Tasks as pictures. */
import { t } from "../i18n/t.ts";
import type { Task } from "../lib/types.ts";
import { Icon } from "../ui/icon.tsx";
import { When } from "../ui/parts.tsx";
import { Thumbnail } from "./media.tsx";
import { chargeOf, nameOf, Progress, TaskStatus, utcTime } from "./status.tsx";

/** Shows tasks with their pictures and videos. */
export function Gallery({ tasks, href }: { readonly tasks: readonly Task[]; readonly href: (task: Task) => string }) {
  return (
    <ul class="gallery">
      {tasks.map((task) => (
        <li key={task.taskId}>
          <a href={href(task)} class="tile">
            <div class="tile-picture">
              <Picture task={task} />
              <Count task={task} />
            </div>
            <div class="tile-text">
              <b>{nameOf(task)}</b>
              <small>
                <When at={utcTime(task)} /> · {chargeOf(task)}
              </small>
            </div>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Picture({ task }: { readonly task: Task }) {
  if (task.taskStatus === 2 && task.results.some(({ fileUrl }) => fileUrl)) return <Thumbnail task={task} />;
  return (
    <div class="tile-waiting">
      <TaskStatus status={task.taskStatus} />
      <Progress task={task} />
    </div>
  );
}

function Count({ task: { taskType, results } }: { readonly task: Task }) {
  if (taskType === 1) {
    return (
      <span class="tile-count">
        <Icon name="video" />
        <span class="visually-hidden">{t("task.video")}</span>
      </span>
    );
  }
  return results.length > 1 ? <span class="tile-count">{results.length}</span> : null;
}
