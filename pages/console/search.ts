/** What the operator's search over all tenants leads to. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { SearchResults } from "../lib/types.ts";
import type { SearchTarget } from "../ui/search.tsx";

/** One thing that was found. */
export type Found = SearchResults["results"][number];

/** A tenant's, key's or task's id, a task's number or webhook id, or a file URL. */
const WHOLE = /^(ten_[0-9a-f]{20}|key_[0-9a-f]{16}|\d{12,16}|(msg_)?[0-9a-f]{32}|https?:\/\/\S+\/\S{40,})$/;

/** Returns where the operator's search leads. */
export function consoleSearch(api: Api): SearchTarget {
  return {
    placeholder: t("frame.searchConsole"),
    isWhole: (text) => WHOLE.test(text),
    find: async (q, signal) => {
      const { results, incomplete } = await api.get<SearchResults>("/search", { q }, signal);
      const [only, ...others] = results;
      return only && others.length === 0 && !(incomplete && only.kind === "tenant") ? addressOf(only) : null;
    },
    results: (q) => `#/search?q=${encodeURIComponent(q)}`,
  };
}

/** Returns the address of the page of what was found. */
export function addressOf(found: Found): string {
  const tenant = `#/tenants/${found.tenantId}`;
  if (found.kind === "key") return `${tenant}/keys?key=${found.keyId}`;
  return "taskId" in found ? `${tenant}/tasks/${found.taskId}` : tenant;
}
