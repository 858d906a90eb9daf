/** A tenant's tasks with their money, for the operator. */
import { lookUp, t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import type { OperatorTaskList } from "../lib/types.ts";
import { metadataQuery, TASK_FILTERS, TaskFilters } from "../tasks/filters.tsx";
import { nameOf, TaskStatus } from "../tasks/status.tsx";
import { Button } from "../ui/button.tsx";
import { ListTable } from "../ui/list.tsx";
import { Card, When } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { useList } from "../ui/use-list.ts";
import type { TenantContext } from "./context.ts";

type OperatorTask = OperatorTaskList["tasks"][number];

/** Shows a tenant's tasks. */
export function TasksTab({ api, path, tenant }: TenantContext) {
  const list = useList<OperatorTaskList, OperatorTask>({
    api,
    path: `${path}/tasks`,
    rows: ({ tasks }) => tasks,
    filters: TASK_FILTERS,
    query: metadataQuery,
  });
  const download = async () => save(await api.csv(`${path}/tasks`, list.query), `tasks-${tenant.tenantId}.csv`);
  return (
    <Card
      title={t("tasks.title")}
      actions={
        <Button work={download} icon="download">
          {t("common.exportCsv")}
        </Button>
      }
    >
      <TaskFilters />
      <ListTable
        list={list}
        columns={columns(tenant.tenantId)}
        keyOf={({ taskId }) => taskId}
        href={({ taskId }) => `#/tenants/${tenant.tenantId}/tasks/${taskId}`}
        empty={{
          title: t("tasks.none"),
          text: t("tasks.noneOperator"),
          filteredTitle: t("tasks.nothing"),
          filteredText: t("tasks.nothingText"),
        }}
      />
    </Card>
  );
}

function columns(tenantId: string): readonly Column<OperatorTask>[] {
  return [
    {
      title: t("task.task"),
      value: (task) => (
        <>
          {nameOf(task)}
          <small class="block faint mono">{task.taskId}</small>
        </>
      ),
      long: true,
    },
    {
      title: t("tasks.status"),
      value: ({ taskStatus, progress, failReason }) => (
        <>
          <TaskStatus status={taskStatus} />
          {taskStatus < 2 && (
            <small class="block faint">{t("task.percent", { progress: formatNumber(progress) })}</small>
          )}
          {failReason && <small class="block faint">{failReason}</small>}
        </>
      ),
      long: true,
    },
    {
      title: t("tasks.key"),
      value: ({ keyId, endUser }) => (
        <>
          <a class="mono above" href={`#/tenants/${tenantId}/keys?key=${keyId}`}>
            {keyId}
          </a>
          {endUser !== null && <small class="block faint">{endUser}</small>}
        </>
      ),
      long: true,
    },
    {
      title: t("tasks.kind"),
      value: ({ taskType, genMethod }) => (
        <>
          {taskType === 1 ? t("task.video") : t("task.image")}
          <small class="block faint">{genMethod}</small>
        </>
      ),
    },
    {
      title: t("tasks.credits"),
      value: ({ credits, settlement }) => (
        <>
          {formatNumber(credits)}
          <small class="block faint">{lookUp("task", `settlement_${settlement}`)}</small>
        </>
      ),
      numeric: true,
    },
    { title: t("tasks.submitted"), value: ({ createdAt }) => <When at={createdAt} /> },
  ];
}
