/** Errors as text. */
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";

/** Returns the text to show for an error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  console.error(error);
  return t("common.pageError");
}
