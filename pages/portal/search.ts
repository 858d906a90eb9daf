/** The search of a tenant's people over their own tasks: id, number, or text of the prompt. */
import { t } from "../i18n/t.ts";
import { type Api, ApiError } from "../lib/api.ts";
import type { Task } from "../lib/types.ts";
import type { SearchTarget } from "../ui/search.tsx";

/** A task's id, or its number, which ends with the id in 14 hex digits (src/domain/task-number.ts). */
const ID = /^\d{12,16}$/;
const NUMBER = /^(?:msg_)?([0-9a-f]{32})$/;
const ID_DIGITS = 14;

/** Returns where the portal's search leads. */
export function portalSearch(api: Api): SearchTarget {
  return {
    placeholder: t("frame.searchPortal"),
    isWhole: (text) => taskIdOf(text) !== null,
    find: async (text, signal) => {
      const taskId = taskIdOf(text);
      if (taskId === null) return null;
      try {
        const task = await api.get<Task>(`/tasks/${taskId}`, {}, signal);
        const [, number] = NUMBER.exec(text) ?? [];
        return number === undefined || task.taskNo === number ? `#/tasks/${taskId}` : null;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    results: (text) => `#/tasks?q=${encodeURIComponent(text)}`,
  };
}

function taskIdOf(text: string): string | null {
  if (ID.test(text)) return text;
  const [, number] = NUMBER.exec(text.toLowerCase()) ?? [];
  if (number === undefined) return null;
  const id = Number.parseInt(number.slice(-ID_DIGITS), 16);
  return Number.isSafeInteger(id) && id > 0 ? String(id) : null;
}
