/** The promises of contract section 7, each as one check of the evidence. */
import type { SubmissionRecord } from "./clients.ts";
import { type Evidence, hasEnded } from "./evidence.ts";
import { type Case, expectedStatus, type Verdict } from "./expectations.ts";
import { checkLedgers } from "./promises-of-money.ts";
import { checkCalm, checkFiles, checkSecrets, checkWebhooks } from "./promises-to-clients.ts";
import { QUIET } from "./schedule.ts";

/** @returns a verdict for each promise; the run kept them all if no verdict has a breach */
export function checkPromises(evidence: Evidence): Verdict[] {
  const built: Case = {
    ...evidence,
    upstreamByMarker: groupBy(evidence.upstream, ({ prompt }) => prompt.split(" ")[0] ?? ""),
    tasksByMarker: groupBy(
      evidence.tenants.flatMap(({ tasks }) => tasks),
      ({ taskName }) => taskName,
    ),
  };
  return [
    checkAnswers(built),
    checkEndings(built),
    checkCharges(built),
    checkOutcomes(built),
    checkLedgers(built),
    checkFiles(built),
    checkWebhooks(built),
    checkCalm(built),
    checkSecrets(built),
    checkQuiet(built),
    checkErrors(built),
    checkAlerts(built),
  ];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const acceptedIds = (record: SubmissionRecord) => [
  ...new Set(record.answers.map(({ taskId }) => taskId).filter((id) => id !== null)),
];

/** One task per idempotency key regardless of retries, and every returned taskId exists. */
function checkAnswers({ submissions, tenants, tasksByMarker }: Case): Verdict {
  const breaches: string[] = [];
  const known = new Set(tenants.flatMap(({ tasks }) => tasks.map(({ taskId }) => taskId)));
  for (const record of submissions) {
    const { marker, idempotencyKey } = record.plan;
    const ids = acceptedIds(record);
    for (const id of ids) if (!known.has(id)) breaches.push(`${marker}: the answered task ${id} is lost`);
    if (ids.length > 1) breaches.push(`${marker}: answered with ${ids.length} different taskIds`);
    const tasks = tasksByMarker.get(marker)?.length ?? 0;
    if (tasks > 1) {
      breaches.push(
        `${marker}: ${tasks} tasks for one submission (key ${idempotencyKey}, ${record.requests} requests)`,
      );
    }
  }
  const markers = new Set(submissions.map(({ plan }) => plan.marker));
  for (const marker of tasksByMarker.keys()) {
    if (!markers.has(marker)) breaches.push(`${marker}: a task that nobody asked for`);
  }
  const answered = submissions.filter((record) => acceptedIds(record).length > 0).length;
  const refused = submissions.filter(
    ({ answers }) => answers.length > 0 && answers.every(({ taskId }) => taskId === null),
  );
  const unanswered = submissions.filter(({ answers }) => answers.length === 0).length;
  return {
    promise: "Every answered taskId is kept, one idempotency key is one task",
    figures: `${submissions.length} submissions: ${answered} answered with a taskId, ${refused.length} refused, ${unanswered} given up by the client`,
    breaches,
  };
}

/** How long after the end of an account's trouble a tenant may still be turned away because of it. */
const TROUBLE_ECHO_MS = 5_000;

/** What one tenant's prompts provoke turns another tenant away never; trouble of an account may. */
export function checkQuiet({ submissions, accountTroubles, uploads }: Case): Verdict {
  const answers = submissions.filter(({ plan }) => plan.tenant === QUIET).flatMap((record) => record.answers);
  const isExcused = (moment: number) =>
    accountTroubles.some(({ from, to }) => moment >= from && moment <= to + TROUBLE_ECHO_MS);
  const refused = answers.filter(({ taskId }) => taskId === null);
  const badUploads = uploads.quiet.filter((status) => status !== 200);
  return {
    promise: "What one tenant provokes turns no other away",
    figures: `${answers.length - refused.length} of ${answers.length} submissions and ${uploads.quiet.length - badUploads.length} of ${uploads.quiet.length} uploads of the quiet tenant accepted beside ${uploads.begun} stalled uploads of another`,
    breaches: [
      ...refused
        .filter(({ at }) => !isExcused(at))
        .map(({ status, code }) => `the quiet tenant was turned away: HTTP ${status}, code ${code}`),
      ...badUploads.map((status) => `an upload of the quiet tenant was turned away: HTTP ${status}`),
    ],
  };
}

function checkEndings({ tenants }: Case): Verdict {
  const breaches: string[] = [];
  const count = { 2: 0, 3: 0, 5: 0 } as Record<number, number>;
  for (const { plan, tasks, runningTasks } of tenants) {
    for (const task of tasks) {
      count[task.taskStatus] = (count[task.taskStatus] ?? 0) + 1;
      if (!hasEnded(task)) breaches.push(`${task.taskName}: has not ended (status ${task.taskStatus})`);
      if (task.taskStatus === 3 && task.failReason === "") breaches.push(`${task.taskName}: failed without a reason`);
    }
    if (runningTasks !== 0) breaches.push(`${plan.name}: counts ${runningTasks} running tasks when all is over`);
  }
  const figures = `${count[2]} completed, ${count[3]} failed, ${count[5]} cancelled, ${breaches.length} not ended`;
  return { promise: "Every task ends", figures, breaches };
}

/** One accepted submission is one task upstream, on whichever account, and nothing upstream is without one. */
function checkCharges({ upstream, upstreamByMarker, tasksByMarker, stats, submissions }: Case): Verdict {
  const breaches: string[] = [];
  for (const [marker, tasks] of upstreamByMarker) {
    if (tasks.length > 1) breaches.push(`${marker}: ${tasks.length} tasks upstream, charged ${tasks.length} times`);
    if (!tasksByMarker.has(marker)) breaches.push(`${marker}: charged upstream, and the gateway knows no such task`);
  }
  for (const { key, tasks, differentBodies } of stats.idempotencyKeys) {
    if (tasks > 1) breaches.push(`upstream key ${key}: ${tasks} tasks`);
    if (differentBodies > 0) breaches.push(`upstream key ${key}: sent with different bodies`);
  }
  const accepted = [...tasksByMarker.keys()].filter((marker) => upstreamByMarker.has(marker)).length;
  const requests = submissions.reduce((sum, record) => sum + record.requests, 0);
  const figures = `${upstream.length} tasks upstream for ${accepted} accepted submissions (clients sent ${requests} requests, the gateway ${stats.submissions})`;
  return { promise: "One accepted submission is one upstream charge", figures, breaches };
}

/** The gateway returns the ending that the task has upstream. */
function checkOutcomes({ tenants, upstreamByMarker }: Case): Verdict {
  const breaches: string[] = [];
  let never = 0;
  for (const task of tenants.flatMap(({ tasks }) => tasks)) {
    const [upstream] = upstreamByMarker.get(task.taskName) ?? [];
    if (upstream === undefined) {
      never += 1;
      if (task.taskStatus !== 3) breaches.push(`${task.taskName}: status ${task.taskStatus}, unknown upstream`);
    } else if (task.taskStatus !== expectedStatus(upstream)) {
      const what = `status ${task.taskStatus} (${task.failReason}), upstream ${upstream.status}`;
      breaches.push(`${task.taskName}: ${what} with ${upstream.files.length} files`);
    }
  }
  return {
    promise: "A task ends as it ended upstream",
    figures: `${tenants.reduce((sum, { tasks }) => sum + tasks.length, 0)} compared, ${never} of them refused upstream`,
    breaches,
  };
}

function checkErrors({ errorEvents }: Case): Verdict {
  const events = Object.entries(errorEvents);
  return {
    promise: "Nothing happened that the gateway did not foresee",
    figures: `${events.reduce((sum, [, count]) => sum + count, 0)} error events in the log`,
    breaches: events.map(([event, count]) => `${count} × ${event}`),
  };
}

/** A shorter pause may fall between two scrapes. */
const LONG_ENOUGH_TO_SEE_MS = 2_000;

/** The alert of a gateway that is down fires with the kills, and every alert that rest can end is over at rest. */
function checkAlerts({ alerts, kills, downMs }: Case): Verdict {
  const { fired, firing } = alerts;
  const wasSeenDown = kills > 0 && downMs / kills >= LONG_ENOUGH_TO_SEE_MS;
  const missing = wasSeenDown && fired.PaddockDown === undefined ? ["PaddockDown did not fire"] : [];
  const left = firing.filter((name) => !name.endsWith("MasterKey") && name !== "PaddockMasterKeyRefused");
  const counts = Object.entries(fired).map(([name, count]) => `${name} ${count} ×`);
  return {
    promise: "Alerts fire and clear",
    figures: `${counts.join(", ") || "none fired"}; ${firing.length} firing at the end`,
    breaches: [...missing, ...left.map((name) => `${name} still fires at rest`)],
  };
}
