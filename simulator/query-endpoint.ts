import { Refusal } from "./error-codes.ts";
import { strikesAfter } from "./faults.ts";
import { bearerToken, type Exchange, type Reply, refusal, sendReply, success } from "./http-exchange.ts";
import { queryData } from "./query-data.ts";
import { strikeReply } from "./reply-faults.ts";
import { fileUrl, timeIn } from "./world.ts";

/** `GET /api/v1/query/{taskId}`. */
export async function queryEndpoint(exchange: Exchange, taskId: string): Promise<void> {
  const { world, request, response } = exchange;
  const key = bearerToken(request);
  const account = world.accounts.byKey(key ?? "");
  const task = world.tasks.byId(taskId);
  world.journal.query(taskId);
  if (account !== undefined) account.queries++;
  const subject = {
    account: account?.name,
    key: key ?? undefined,
    taskId,
    model: task?.request.model.name,
    prompt: task?.request.prompt,
    idempotencyKey: task?.idempotencyKey ?? undefined,
  };
  const fault = world.faults.choose("query", subject, task?.plan.query ?? [], `query\n${taskId}`);
  if (fault !== undefined) world.journal.fault("query", fault.kind);
  if (fault !== undefined && !strikesAfter(fault) && (await strikeReply(exchange, fault))) return;
  const reply = decide(exchange, taskId);
  if (fault !== undefined && strikesAfter(fault) && (await strikeReply(exchange, fault, reply))) return;
  sendReply(response, reply);
}

function decide({ world, request }: Exchange, taskId: string): Reply {
  try {
    const key = bearerToken(request);
    if (key === null) throw new Refusal(20001);
    const account = world.accounts.byKey(key);
    if (account === undefined) throw new Refusal(20008);
    if (!/^\d{1,19}$/.test(taskId)) throw new Refusal(30001, "Invalid parameters: taskId must be an integer");
    const task = world.tasks.byId(taskId);
    if (task === undefined || task.forced?.end === "lost") throw new Refusal(40002);
    if (task.account !== account.name) throw new Refusal(20003);
    return success(queryData(task, timeIn(world), (fileName) => fileUrl(world, task, fileName)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusal(world, error);
  }
}
