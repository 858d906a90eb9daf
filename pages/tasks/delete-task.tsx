/** The button that deletes an ended task, in console and portal. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { toast } from "../lib/toast.ts";
import type { TaskStory } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { confirmDialog } from "../ui/dialogs.tsx";
import { isEnded, nameOf } from "./status.tsx";

/** Shows the button once the task has ended. */
export function DeleteTask(props: {
  readonly api: Api;
  /** Path of the task in the API. */
  readonly path: string;
  readonly task: TaskStory["task"];
  /** Address of the list of tasks, which is shown afterwards. */
  readonly tasks: string;
}) {
  const { api, path, task, tasks } = props;
  if (!isEnded(task)) return null;
  const remove = () =>
    confirmDialog({
      title: t("task.deleteTitle", { name: nameOf(task) }),
      text: t("task.deleteText"),
      submit: t("task.delete"),
      work: () => api.send("DELETE", path),
      done: () => {
        toast(t("task.deleted"));
        location.hash = tasks;
      },
    });
  return (
    <Button kind="danger" work={remove}>
      {t("task.delete")}
    </Button>
  );
}
