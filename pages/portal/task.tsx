/** One task, for the tenant's people. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import type { TaskStory } from "../lib/types.ts";
import { DeleteTask } from "../tasks/delete-task.tsx";
import { KeyLink } from "../tasks/key-link.tsx";
import { isEnded } from "../tasks/status.tsx";
import { lookAgain, StoryView } from "../tasks/story.tsx";
import { LinkButton } from "../ui/button.tsx";
import { Crumb, Loaded } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";
import type { PortalContext } from "./context.ts";

/** Shows a task with its results, its request and all that happened to it. */
export function TaskPage({ context, taskId }: { readonly context: PortalContext; readonly taskId: string }) {
  const { api, readOnly } = context;
  const path = `/tasks/${encodeURIComponent(taskId)}`;
  const story = useData<TaskStory>(api, `${path}/story`, {}, { every: lookAgain });
  useEvents(`${api.base}${path}/events`, story.data !== undefined && !isEnded(story.data.task), story.reload);
  const redeliver = async () => {
    await api.send("POST", `${path}/deliveries/redeliver`);
    await story.reload();
  };
  return (
    <>
      <Crumb path="/tasks">{t("tasks.title")}</Crumb>
      <Loaded of={story}>
        {(data) => (
          <StoryView
            story={data}
            tasks="#/tasks"
            owners={[[t("task.key"), <KeyLink key="key" keyId={data.keyId} keys="#/keys" />]]}
            actions={
              !readOnly && (
                <>
                  <LinkButton href={`#/playground?from=${data.task.taskId}`}>{t("task.runAgain")}</LinkButton>
                  <DeleteTask api={api} path={path} task={data.task} tasks="#/tasks" />
                </>
              )
            }
            redeliver={readOnly ? null : redeliver}
          />
        )}
      </Loaded>
    </>
  );
}

const EVENTS = ["progress", "completed", "failed", "cancelled"] as const;

/** Calls `changed` at each event of a running task; where no stream is to be had, the page looks again by itself. */
function useEvents(url: string, isRunning: boolean, changed: () => unknown): void {
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    if (!isRunning) return;
    const source = new EventSource(url);
    const listen = () => void latest.current();
    for (const name of EVENTS) source.addEventListener(name, listen);
    // It would try again every few seconds, and count against the requests of the tenant.
    source.onerror = () => source.close();
    return () => source.close();
  }, [url, isRunning]);
}
