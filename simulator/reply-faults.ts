import { ERROR_CODES, Refusal } from "./error-codes.ts";
import type { Fault } from "./faults.ts";
import {
  callerGone,
  cutConnection,
  type Exchange,
  pause,
  type Reply,
  refusal,
  resetConnection,
  sendPart,
  sendReply,
  sendText,
} from "./http-exchange.ts";
import { stringifyLongJson } from "./long-json.ts";

/** The page of a proxy in front of a broken server. */
export function proxyPage(status: number, title: string): string {
  return `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}

/**
 * Lets a fault strike a generate or query request.
 * @param reply the true response, if it has been decided
 * @returns true if the caller has got all it will get; false if the request goes on as usual
 */
export async function strikeReply(exchange: Exchange, fault: Fault, reply?: Reply): Promise<boolean> {
  const { world, response } = exchange;
  await pause(world, fault.delayMs ?? 0);
  if (response.destroyed) return true;
  if (fault.kind === "slow") {
    await pause(world, fault.ms ?? 0);
    return false;
  }
  const altered = reply === undefined ? undefined : alteredReply(fault, reply);
  if (altered !== undefined) sendReply(response, altered);
  else await breakReply(exchange, fault, reply);
  return true;
}

async function breakReply(exchange: Exchange, fault: Fault, reply: Reply | undefined): Promise<void> {
  const { world, response } = exchange;
  const text = reply === undefined ? "" : stringifyLongJson(reply.body);
  const half = text.slice(0, Math.floor(text.length / 2));
  const status = fault.status ?? reply?.status ?? 200;
  const retryAfter: Record<string, string> =
    fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
  switch (fault.kind) {
    case "hang":
      return callerGone(exchange);
    case "hang-headers":
      await sendPart(response, status, "application/json", half, Buffer.byteLength(text));
      return callerGone(exchange);
    case "drop":
      return resetConnection(exchange);
    case "cut-body":
      await sendPart(response, status, "application/json", half, Buffer.byteLength(text));
      return cutConnection(exchange);
    case "cut-json":
      return sendText(response, status, "application/json", half);
    case "http": {
      const code = fault.status ?? 503;
      return sendText(response, code, "text/html", proxyPage(code, "Service Unavailable"), retryAfter);
    }
    case "html":
      return sendText(response, fault.status ?? 200, "text/html; charset=utf-8", proxyPage(200, "Welcome to nginx!"));
    case "redirect": {
      const location = fault.location ?? "/elsewhere";
      return sendText(response, fault.status ?? 302, "text/html", proxyPage(302, "Found"), { location });
    }
    case "empty":
      return sendText(response, status, "application/json", "");
    case "body":
      return sendText(
        response,
        fault.status ?? 200,
        fault.contentType ?? "application/json",
        fault.text ?? "",
        retryAfter,
      );
    case "lost":
    case "code": {
      const code = fault.kind === "lost" ? 40002 : (fault.code ?? 10001);
      const usual = refusal(world, new Refusal(code, fault.msg ?? ERROR_CODES.get(code)));
      const { status: usualStatus, body } = usual;
      return sendText(response, fault.status ?? usualStatus, "application/json", stringifyLongJson(body), retryAfter);
    }
    default:
      throw new TypeError(`fault ${fault.kind} cannot strike here`);
  }
}

/** Returns the true response with the fault's error in it; undefined if the fault is of another kind. */
function alteredReply(fault: Fault, reply: Reply): Reply | undefined {
  const { data } = reply.body;
  const fields = typeof data === "object" && data !== null ? (data as Readonly<Record<string, unknown>>) : undefined;
  const withData = (changes: Readonly<Record<string, unknown>>): Reply =>
    // An error has no data to alter.
    fields === undefined ? reply : { ...reply, body: { ...reply.body, data: { ...fields, ...changes } } };
  switch (fault.kind) {
    case "patch":
      return withData(fault.data ?? {});
    case "task-status":
      return withData({ taskStatus: fault.value ?? 7 });
    case "progress":
      return withData({ progress: fault.value ?? 0 });
    case "wrong-types":
      return withData(
        Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, otherType(value)])),
      );
    default:
      return undefined;
  }
}

function otherType(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "bigint") return `about ${value}`;
  if (typeof value === "string") return { text: value };
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return { length: value.length };
  return value === null ? 0 : [value];
}
