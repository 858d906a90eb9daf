/** All tasks, newest first. */
import { t } from "../i18n/t.ts";
import type { Task, TaskList } from "../lib/types.ts";
import { metadataQuery, TASK_FILTERS, TaskFilters } from "../tasks/filters.tsx";
import { Gallery } from "../tasks/gallery.tsx";
import { chargeOf, nameOf, TaskStatus, utcTime } from "../tasks/status.tsx";
import { Button, Segments } from "../ui/button.tsx";
import { ListTable, ListView } from "../ui/list.tsx";
import { PageHead, When } from "../ui/parts.tsx";
import { useList } from "../ui/use-list.ts";
import { setFilter, useSettings } from "../ui/use-settings.ts";
import type { PortalContext } from "./context.ts";

/** A running task is on the list's first page, which is loaded again. */
const LOOK_AGAIN_MS = 10_000;

const href = ({ taskId }: Task) => `#/tasks/${taskId}`;

/** Shows the tenant's tasks as pictures or as a table. */
export function TasksPage({ api }: PortalContext) {
  const list = useList<TaskList, Task>({
    api,
    path: "/tasks",
    rows: ({ tasks }) => tasks,
    filters: TASK_FILTERS,
    query: metadataQuery,
    limit: 24,
    every: ({ rows }) => (rows.some(({ taskStatus }) => ![2, 3, 5].includes(taskStatus)) ? LOOK_AGAIN_MS : null),
  });
  const view = useSettings()("view") === "table" ? "table" : "gallery";
  const empty = {
    title: t("tasks.none"),
    text: t("tasks.nonePortal"),
    filteredTitle: t("tasks.nothing"),
    filteredText: t("tasks.nothingText"),
  };
  return (
    <>
      <PageHead
        title={t("tasks.title")}
        actions={
          <>
            <Segments
              label={t("tasks.view")}
              choices={[
                ["gallery", t("tasks.gallery")],
                ["table", t("tasks.table")],
              ]}
              value={view}
              choose={(next) => setFilter("view", next === "table" ? next : "")}
            />
            <Button work={list.reload} icon="refresh">
              {t("common.refresh")}
            </Button>
          </>
        }
      />
      <TaskFilters />
      {view === "gallery" ? (
        <ListView list={list} empty={empty}>
          {(tasks) => <Gallery tasks={tasks} href={href} />}
        </ListView>
      ) : (
        <ListTable
          list={list}
          empty={empty}
          keyOf={({ taskId }) => taskId}
          href={href}
          columns={[
            { title: t("task.task"), value: nameOf, long: true },
            { title: t("tasks.status"), value: ({ taskStatus }) => <TaskStatus status={taskStatus} /> },
            { title: t("tasks.kind"), value: ({ taskType }) => (taskType === 1 ? t("task.video") : t("task.image")) },
            { title: t("tasks.credits"), value: chargeOf },
            { title: t("tasks.submitted"), value: (task) => <When at={utcTime(task)} /> },
          ]}
        />
      )}
    </>
  );
}
