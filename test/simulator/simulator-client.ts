import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import {
  type JsonObject,
  parseLongJson,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator/index.ts";
import { pass } from "../support/until.ts";

const STEPS = 10;

/** Starts a simulator that the end of the test closes. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

export const IMAGE = { model: "Imagen Nano Banana 2", taskName: "An image", type: "txt", prompt: "a cat" };
export const VIDEO = { model: "Seedance 2.0", taskName: "A video", type: "img_txt", prompt: "a kitten" };

/** Longer than any task takes by default. */
export const LONG_ENOUGH_MS = 60_000;

/** A response with its body as text, and as JSON if it is. */
export interface SimulatorResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** true if the body ended as its head promised */
  readonly complete: boolean;
  /** the body parsed with longs kept; fails the test if it is not a JSON object */
  readonly json: () => JsonObject;
}

interface RequestInput {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** give up after this long, milliseconds */
  readonly patienceMs?: number;
}

/** One HTTP request over a connection of its own; rejects if there is no response. */
export function send(url: string, input: RequestInput = {}): Promise<SimulatorResponse> {
  const { method = "GET", headers = {}, body, patienceMs } = input;
  const length: Record<string, string> =
    body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    let hasHeaders = false;
    const request = httpRequest(url, { method, headers: { ...headers, ...length }, agent: false }, (response) => {
      hasHeaders = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => {});
      response.on("close", () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString("utf8");
        const json = () => parseLongJson(text) as JsonObject;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text,
          complete: response.complete,
          json,
        });
      });
    });
    // Once there is a head, an error only means that the body stays incomplete.
    request.on("error", (error) => (hasHeaders ? undefined : reject(error)));
    request.on("close", () => (hasHeaders ? undefined : reject(new Error("closed with no response"))));
    if (patienceMs !== undefined) void giveUp(request, patienceMs);
    request.end(body);
  });
}

/**
 * Ends a request without a response. Waits in many short steps: the simulator runs in this process, so a process that stood
 * still for the whole time lets it read the request between two of them.
 */
async function giveUp(request: ClientRequest, afterMs: number): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) await pass(afterMs / STEPS);
  request.destroy(new Error("no response"));
}

/** Submits a task. */
export function generate(
  simulator: Simulator,
  body: object | string,
  {
    key = "sh-simulator",
    idempotencyKey,
    patienceMs,
  }: { key?: string; idempotencyKey?: string; patienceMs?: number } = {},
): Promise<SimulatorResponse> {
  return send(`${simulator.url}/api/v1/task/generate`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(idempotencyKey === undefined ? {} : { "x-idempotency-key": idempotencyKey }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

/** Submits a task that must be accepted; its id as text. */
export async function accepted(simulator: Simulator, body: object): Promise<string> {
  const response = (await generate(simulator, body)).json();
  return String((response.data as JsonObject).taskId);
}

/** Asks about a task. */
export function query(
  simulator: Simulator,
  taskId: string,
  key = "sh-simulator",
  patienceMs?: number,
): Promise<SimulatorResponse> {
  return send(`${simulator.url}/api/v1/query/${taskId}`, {
    headers: { authorization: `Bearer ${key}` },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

/** `data` of the query's response. */
export async function taskData(simulator: Simulator, taskId: string): Promise<JsonObject> {
  return (await query(simulator, taskId)).json().data as JsonObject;
}

/** Submits, lets the time pass, and gives `data` of the finished task. */
export async function finished(simulator: Simulator, body: object): Promise<JsonObject> {
  const taskId = await accepted(simulator, body);
  simulator.advance(LONG_ENOUGH_MS);
  return taskData(simulator, taskId);
}

/** URLs of a finished task's results; "" for a result without a file. */
export function fileUrls(data: JsonObject): string[] {
  return (data.results as readonly JsonObject[]).map((result) => String(result.fileUrl ?? ""));
}

/** Submits a task, lets it finish and gives the URL of its first result. */
export async function firstFile(simulator: Simulator, body: object): Promise<string> {
  return fileUrls(await finished(simulator, body))[0] ?? "";
}
