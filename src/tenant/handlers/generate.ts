/** A submission from admission to the answer: the one method on which promise 1 of the contract rests. */
import type { TaskRow } from "../../domain/task.ts";
import { type Refusal, refusal } from "../../errors.ts";
import type { GenerateJob, GenerateReply } from "../api.ts";
import type { SubmissionEnd } from "../engine/submission.ts";
import type { Access } from "../rules/access.ts";
import { type Admission, admit } from "../rules/admission.ts";
import { linkerOf, renderSubmission } from "../rules/render.ts";
import type { Tenancy } from "../services.ts";

/**
 * Admits, submits, and answers: with the upstream's word if it comes within SUBMIT_TIMEOUT_MS, else with the taskId of a
 * task whose submission goes on in the background (contract section 3).
 */
export async function generate(tenancy: Tenancy, access: Access, job: GenerateJob): Promise<GenerateReply | Refusal> {
  await tenancy.priceLookup.prepare(job.shape, access.tenant.settings);
  const admission = await tenancy.commit.run((): Admission => {
    const present = tenancy.access.renew(access, tenancy.chance.now());
    if ("code" in present) return { kind: "refused", refusal: present };
    const decided = admit(tenancy.admission, present, job);
    if (decided.kind === "admitted") {
      tenancy.admitted(decided.task);
      // Already here, because a repetition of the request may stand in this very transaction.
      tenancy.answering.add(decided.task.task_id);
    }
    return decided;
  });
  if (admission.kind === "refused") return admission.refusal;
  const { task } = admission;
  const answer = async (shown: TaskRow, replayed: boolean): Promise<GenerateReply> => {
    const json = await renderSubmission(access.tenant.tenantId, shown, linkerOf(tenancy, job.publicBaseUrl));
    return { taskId: task.task_id, replayed, json };
  };
  if (admission.kind === "replay") return answer(task, true);
  let end: SubmissionEnd;
  try {
    await tenancy.schedule.arm(tenancy.chance.now());
    const patienceMs = Math.min(tenancy.config.submitTimeoutMs, job.waitMs ?? Number.POSITIVE_INFINITY);
    end = await firstAnswer(tenancy, task.task_id, patienceMs);
  } finally {
    tenancy.answering.delete(task.task_id);
  }
  if (end.kind === "forgotten") return end.refusal ?? refusal(10001, undefined, { retryAfterSeconds: 15 });
  return answer(end.kind === "accepted" ? { ...task, price: end.price } : task, false);
}

/** The end of the first attempt, or "kept" when the caller has waited long enough. */
async function firstAnswer(tenancy: Tenancy, taskId: number, patienceMs: number): Promise<SubmissionEnd> {
  const submission = tenancy.runner.submitFirst(taskId);
  const end = await tenancy.limits.within(submission, patienceMs, null);
  if (end !== null) return end;
  // From here on somebody knows the taskId, so a refusal may not make the task vanish.
  const kept = await tenancy.commit.run(() => {
    if (tenancy.tasks.get(taskId) === null) return false;
    tenancy.tasks.update(taskId, { answered: 1 });
    return true;
  });
  return kept ? { kind: "kept" } : submission;
}
