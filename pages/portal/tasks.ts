/** All generations, newest first. */
import { fill, h } from "../lib/dom.ts";
import { choiceField } from "../lib/form.ts";
import { TASK_STATUS } from "../lib/format.ts";
import { listSetting, setListSettings } from "../lib/router.ts";
import type { Task, TaskList } from "../lib/types.ts";
import { button, empty, pagedList, pageHead } from "../lib/ui.ts";
import type { PortalContext } from "./context.ts";
import { gallery } from "./gallery.ts";

/** Shows the tenant's tasks, newest first. */
export function tasksPage({ api }: PortalContext): Node {
  const status = choiceField(
    "status",
    "Status",
    [["", "Any status"], ...Object.entries(TASK_STATUS)],
    listSetting("status"),
  );
  status.element.classList.add("inline");
  const place = h("div");
  const fetchPage = async (cursor: string | null) => {
    const { tasks, nextCursor } = await api.get<TaskList>("/tasks", { cursor, limit: 24, status: status.value() });
    return { items: tasks, nextCursor };
  };
  const draw = () =>
    fill(
      place,
      pagedList<Task>(fetchPage, (tasks) =>
        tasks.length > 0
          ? gallery(tasks)
          : status.value() === ""
            ? empty("Nothing yet", "What you generate with your keys appears here.")
            : empty("None with this status", "Choose another status, or all of them."),
      ),
    );
  status.input.addEventListener("change", () => {
    setListSettings({ status: status.value(), rows: null });
    draw();
  });
  draw();
  return h("div", {}, pageHead("Tasks", [status.element, button("Refresh", draw, { icon: "refresh" })]), place);
}
