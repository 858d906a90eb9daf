/** Finds things of one tenant for the operator's search. */
import { parseFileName } from "../../domain/file-link.ts";
import type { Wanted } from "../../domain/search-term.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TenantServices } from "../services.ts";
import type { KeyView } from "../settings.ts";
import { findKeysByPrefix } from "./keys.ts";

/** One thing found; `tenantName` is for people. */
export type SearchResult = { readonly tenantId: string; readonly tenantName: string } & (
  | ({ readonly kind: "key"; readonly keyId: string } & Pick<KeyView, "name" | "status">)
  | {
      readonly kind: "task";
      readonly taskId: number;
      readonly taskNo: string;
      readonly model: string;
      readonly status: number;
      readonly createdAt: string;
    }
  /** `taskId` of a result, `fileId` of an upload. */
  | { readonly kind: "file"; readonly taskId: number; readonly name: string }
  | { readonly kind: "file"; readonly fileId: string; readonly expiresAt: string }
);

/** Returns at most `limit` matching things. Deleted tasks and files are not found. */
export function searchTenant(services: TenantServices, wanted: Wanted, limit: number): SearchResult[] {
  const tenant = services.meta.tenant();
  if (tenant === null) return [];
  const where = { tenantId: tenant.tenantId, tenantName: tenant.settings.name };
  const results: SearchResult[] = [];
  const task = wanted.taskId === null ? null : services.tasks.getOnce(wanted.taskId);
  if (task !== null && task.deleted_at === null && (wanted.taskNo ?? task.task_no) === task.task_no) {
    const { task_id: taskId, task_no: taskNo, model, status } = task;
    if (wanted.file === null) {
      const createdAt = isoTime(task.created_at);
      results.push({ kind: "task", ...where, taskId, taskNo, model, status, createdAt });
    } else if (wanted.file.secret === task.file_secret) {
      const name = parseFileName(wanted.file.name) === null ? "" : wanted.file.name;
      results.push({ kind: "file", ...where, taskId, name });
    }
  }
  const upload = wanted.uploadToken === null ? null : services.uploads.withToken(wanted.uploadToken);
  if (upload !== null) {
    const expiresAt = isoTime(upload.expires_at);
    results.push({ kind: "file", ...where, fileId: upload.file_id, expiresAt });
  }
  const keys = wanted.keyId === null ? [] : findKeysByPrefix(services, wanted.keyId, limit);
  for (const { keyId, name, status } of keys) results.push({ kind: "key", ...where, keyId, name, status });
  return results;
}
