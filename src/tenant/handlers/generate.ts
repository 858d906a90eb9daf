/**
 * A submission from admission to response. Promise 1 of the contract, one charge per accepted submission, rests on
 * this.
 */
import type { TaskRow } from "../../domain/task.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { within } from "../../lib/time-limit.ts";
import type { FileReference, GenerateJob, GenerateResult } from "../api.ts";
import type { SubmissionEnd } from "../engine/submission.ts";
import type { Access } from "../rules/access.ts";
import { type Admission, admit } from "../rules/admission.ts";
import { linkerOf, renderSubmission } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import { auditPortalTask, renewPortalCaller } from "./portal-caller.ts";
import { keepReferences, resolveReferences } from "./references.ts";

/**
 * Admits and submits a task. Returns the upstream's response if it arrives within SUBMIT_TIMEOUT_MS, otherwise the
 * taskId of a task whose submission continues in the background (contract section 3).
 *
 * @param references files in the body, whose `fileId`s are replaced by URLs
 */
export async function generate(
  services: TenantServices,
  access: Access,
  given: GenerateJob,
  references: readonly FileReference[] = [],
): Promise<GenerateResult | ApiError> {
  const { caller } = access;
  const body = references.length === 0 ? given.body : await resolveReferences(services, access, given, references);
  const job = typeof body === "string" ? { ...given, body } : given;
  const problem = typeof body === "string" ? null : body;
  await services.priceLookup.prepare(job.shape, access.tenant.settings);
  const admission = await services.commit.run((): Admission => {
    const present =
      caller.kind === "portal"
        ? renewPortalCaller(services, caller)
        : services.access.renew(access, services.clock.now());
    if ("code" in present) return { kind: "refused", error: present };
    const decided = admit(services, present, job, problem);
    if (decided.kind === "admitted") {
      keepReferences(services, references);
      services.admitted(decided.task);
      if (caller.kind === "portal") auditPortalTask(services, caller, decided.task);
      // Set before the first attempt, because a repeated request may be in this same transaction.
      services.awaitingResponse.add(decided.task.task_id);
    }
    return decided;
  });
  if (admission.kind === "refused") return admission.error;
  // Without waiting: the event is on disk, and its delivery is retried.
  if (caller.kind === "portal") void services.audit.deliver();
  const { task } = admission;
  const result = async (shown: TaskRow, replayed: boolean): Promise<GenerateResult> => {
    const json = await renderSubmission(access.tenant.tenantId, shown, linkerOf(services, job.publicBaseUrl));
    return { taskId: task.task_id, replayed, json };
  };
  if (admission.kind === "replay") return result(task, true);
  let end: SubmissionEnd;
  try {
    await services.queue.arm();
    const patienceMs = Math.min(services.config.submitTimeoutMs, job.waitMs ?? Number.POSITIVE_INFINITY);
    end = await firstOutcome(services, task.task_id, patienceMs);
  } finally {
    services.awaitingResponse.delete(task.task_id);
  }
  if (end.kind === "removed") return end.error ?? apiError(10001, undefined, { retryAfterSeconds: 15 });
  return result(end.kind === "accepted" ? { ...task, price: end.price } : task, false);
}

/** Returns the outcome of the first attempt, or "kept" when the caller has waited for `patienceMs`. */
async function firstOutcome(services: TenantServices, taskId: number, patienceMs: number): Promise<SubmissionEnd> {
  const submission = services.taskSteps.submitFirst(taskId);
  const end = await within(submission, patienceMs, null);
  if (end !== null) return end;
  // From here on the caller has the taskId, so an error must not remove the task.
  const kept = await services.commit.run(() => {
    if (services.tasks.get(taskId) === null) return false;
    services.tasks.update(taskId, { answered: 1 });
    return true;
  });
  return kept ? { kind: "kept" } : submission;
}
