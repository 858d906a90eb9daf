/** A submission from admission to the answer: the one method on which promise 1 of the contract rests. */
import type { TaskRow } from "../domain/task.ts";
import { type Refusal, refusal } from "../errors.ts";
import type { Access } from "./access.ts";
import { type Admission, admit } from "./admission.ts";
import { renderSubmission, renderTask } from "./render.ts";
import type { SubmissionEnd } from "./submission.ts";
import { waitForEnd } from "./task-reading.ts";
import type { Tenancy } from "./tenancy.ts";
import type { GenerateJob, GenerateReply } from "./types.ts";

/**
 * Admits, submits, and answers: with the upstream's word if it comes within SUBMIT_TIMEOUT_MS, else with the taskId of a
 * task whose submission goes on in the background (contract section 3).
 */
export async function generate(tenancy: Tenancy, access: Access, job: GenerateJob): Promise<GenerateReply | Refusal> {
  const admission = await tenancy.commit.run((): Admission => {
    const decided = admit(tenancy.admission, access, job);
    if (decided.kind === "admitted") tenancy.admitted(decided.task);
    return decided;
  });
  if (admission.kind === "refused") return admission.refusal;
  const link = tenancy.linker(job.publicBaseUrl);
  const tenantId = access.tenant.tenantId;
  const { task } = admission;
  const waitUntil = tenancy.chance.now() + job.waitMs;
  const answer = async (shown: TaskRow, replayed: boolean): Promise<GenerateReply> => {
    const json = await renderSubmission(tenantId, shown, link);
    if (job.waitMs === 0) return { taskId: task.task_id, replayed, json };
    const ended = (await waitForEnd(tenancy, task.task_id, waitUntil)) ?? shown;
    const withTask = `${json.slice(0, -1)},"task":${await renderTask(tenantId, ended, link)}}`;
    return { taskId: task.task_id, replayed, json: withTask };
  };
  if (admission.kind === "replay") return answer(task, true);
  tenancy.answering.add(task.task_id);
  let end: SubmissionEnd;
  try {
    await tenancy.schedule.arm(tenancy.chance.now());
    const patienceMs =
      job.waitMs === 0 ? tenancy.config.submitTimeoutMs : Math.min(tenancy.config.submitTimeoutMs, job.waitMs);
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
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  const end = await Promise.race([submission, timeout]).finally(() => timer !== null && clearTimeout(timer));
  if (end !== null) return end;
  // From here on somebody knows the taskId, so a refusal may not make the task vanish.
  const kept = await tenancy.commit.run(() => {
    if (tenancy.tasks.get(taskId) === null) return false;
    tenancy.tasks.update(taskId, { answered: 1 });
    return true;
  });
  return kept ? { kind: "kept" } : submission;
}
