/** A tenant's tasks with their money, for the operator. */
import { type Child, fill, h } from "../lib/dom.ts";
import { choiceField } from "../lib/form.ts";
import { formatNumber, TASK_STATUS } from "../lib/format.ts";
import { listSetting, setListSettings } from "../lib/router.ts";
import { statusTone } from "../lib/task-status.ts";
import type { OperatorTaskList } from "../lib/types.ts";
import { badge, button, card, cardTitle, empty, pagedList, save, table, when } from "../lib/ui.ts";
import type { TenantContext } from "./context.ts";

type OperatorTask = OperatorTaskList["tasks"][number];

const SETTLEMENT = { open: "held", captured: "spent", released: "given back" } as const;

/** Shows a tenant's tasks. */
export function tasksTab({ api, path, tenant }: TenantContext): Node {
  const status = choiceField(
    "status",
    "Status",
    [["", "Any status"], ...Object.entries(TASK_STATUS)],
    listSetting("status"),
  );
  const place = h("div");
  const fetchPage = async (cursor: string | null) => {
    const query = { cursor, limit: 25, status: status.value() };
    const { tasks, nextCursor } = await api.get<OperatorTaskList>(`${path}/tasks`, query);
    return { items: tasks, nextCursor };
  };
  const draw = () => fill(place, pagedList(fetchPage, taskTable));
  status.input.addEventListener("change", () => {
    setListSettings({ status: status.value(), rows: null });
    draw();
  });
  status.element.classList.add("inline");
  draw();
  const exportButton = button(
    "Export CSV",
    async () => save(await api.csv(`${path}/tasks`, { status: status.value() }), `tasks-${tenant.tenantId}.csv`),
    { icon: "download" },
  );
  return card(cardTitle("Tasks", [status.element, exportButton]), place);
}

function taskTable(tasks: readonly OperatorTask[]): Child {
  if (tasks.length === 0) return empty("No tasks", "What this tenant generates appears here.");
  return table<OperatorTask>(
    [
      {
        title: "Task",
        value: ({ taskId, taskName }) => [taskName || "–", h("small", { class: "block faint mono" }, taskId)],
        long: true,
      },
      {
        title: "Status",
        value: ({ taskStatus, progress, failReason }) => [
          badge(TASK_STATUS[taskStatus] ?? String(taskStatus), statusTone(taskStatus)),
          taskStatus < 2 && h("small", { class: "block faint" }, `${progress} %`),
          failReason && h("small", { class: "block faint" }, failReason),
        ],
        long: true,
      },
      {
        title: "Kind",
        value: ({ taskType, genMethod }) => [
          taskType === 1 ? "Video" : "Image",
          h("small", { class: "block faint" }, genMethod),
        ],
      },
      { title: "Files", value: resultLinks },
      {
        title: "Credits",
        value: ({ credits, settlement }) => [
          formatNumber(credits),
          h("small", { class: "block faint" }, SETTLEMENT[settlement]),
        ],
        numeric: true,
      },
      { title: "Submitted", value: ({ createdAt }) => when(createdAt) },
    ],
    tasks,
  );
}

function resultLinks({ results }: OperatorTask): Child {
  const links = results.flatMap(({ fileUrl }, index) =>
    fileUrl ? [h("a", { href: fileUrl, target: "_blank", rel: "noopener" }, `${index + 1}`), " "] : [],
  );
  return links.length > 0 ? links : h("span", { class: "faint" }, "–");
}
