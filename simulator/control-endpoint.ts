import type { SimulatorControls } from "./controls.ts";
import type { FaultRuleInput } from "./fault-rules.ts";
import { FAULT_KINDS } from "./faults.ts";
import { type Exchange, readBody, sendText } from "./http-exchange.ts";
import { isJsonObject, type JsonObject, parseLongJson, stringifyLongJson } from "./long-json.ts";
import { type Ending, parsePlan } from "./plan.ts";
import type { AccountInput } from "./settings.ts";

const ENDINGS = ["completed", "failed", "cancelled", "never", "lost"];

/** `/_sim/…`: the control API. Every route is one call on the controls; plain JSON, 400 `{error}` for a bad request. */
export async function controlEndpoint(exchange: Exchange, controls: SimulatorControls): Promise<void> {
  const { request, response } = exchange;
  try {
    const body = await readBody(request);
    const input = body === undefined || body.trim() === "" ? {} : parseLongJson(body);
    if (!isJsonObject(input)) throw new TypeError("the body must be a JSON object");
    const answer = await route(exchange, controls, input);
    const status = answer === undefined ? 404 : 200;
    sendText(response, status, "application/json", stringifyLongJson(answer ?? { error: "no such control" }, 2));
  } catch (error) {
    const message = error instanceof Error ? error.message : "bad request";
    sendText(response, 400, "application/json", stringifyLongJson({ error: message }));
  }
}

async function route({ request, url }: Exchange, controls: SimulatorControls, input: JsonObject): Promise<unknown> {
  const [, , resource = "", id] = url.pathname.split("/");
  switch (`${request.method} /${resource}${id === undefined ? "" : "/:id"}`) {
    case "GET /":
      return { controls: CONTROLS, faults: FAULT_KINDS, settings: controls.settings() };
    case "GET /stats":
      return controls.stats();
    case "GET /tasks":
      return tasksWithFiles(controls, url.searchParams);
    case "GET /tasks/:id": {
      const task = controls.task(id ?? "");
      return task === undefined ? undefined : { ...task, files: await controls.files(task.taskId) };
    }
    case "POST /tasks/:id":
      if (!ENDINGS.includes(String(input.end))) throw new TypeError(`end must be one of ${ENDINGS.join(", ")}`);
      return controls.end(id ?? "", String(input.end) as Ending | "lost", textOf(input.failReason));
    case "GET /requests":
      return { requests: controls.requests() };
    case "GET /ledger":
      return { entries: controls.ledger() };
    case "GET /faults":
      return { faults: controls.faults() };
    case "POST /faults":
      return controls.fault(input as unknown as FaultRuleInput);
    case "DELETE /faults":
    case "DELETE /faults/:id":
      controls.clearFaults(id);
      return { faults: controls.faults() };
    case "POST /accounts":
      return controls.account(input as AccountInput);
    case "GET /settings":
    case "POST /settings":
      // The plan may come as the inside of a directive, which is checked and shorter.
      return controls.settings(typeof input.plan === "string" ? { ...input, plan: parsePlan(input.plan) } : input);
    case "POST /clock":
      controls.advance(Number(input.advanceMs));
      return { now: new Date(Date.now() + controls.world.clockOffsetMs).toISOString() };
    case "POST /reset":
      controls.reset();
      return { reset: true };
    default:
      return undefined;
  }
}

async function tasksWithFiles(controls: SimulatorControls, query: URLSearchParams): Promise<unknown> {
  const filter = Object.fromEntries(
    ["account", "idempotencyKey", "prompt"].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const tasks = controls.tasks(filter);
  if (query.get("files") === "false") return { tasks };
  const detailed: unknown[] = [];
  for (const task of tasks) detailed.push({ ...task, files: await controls.files(task.taskId) });
  return { tasks: detailed };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

const CONTROLS = [
  "GET /_sim/stats",
  "GET /_sim/tasks?account=&prompt=&idempotencyKey=&files=false",
  "GET /_sim/tasks/{taskId}",
  "POST /_sim/tasks/{taskId} {end, failReason}",
  "GET /_sim/requests",
  "GET /_sim/ledger",
  "GET|POST /_sim/faults {on, fault, times, skip, probability, match}",
  "DELETE /_sim/faults[/{id}]",
  "POST /_sim/accounts {name, keys, credits}",
  "GET|POST /_sim/settings {speed, urlTtlSeconds, thumbnails, fetchReferences, authStatus, businessStatus, plan}",
  "POST /_sim/clock {advanceMs}",
  "POST /_sim/reset",
];
