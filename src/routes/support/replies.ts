/** From an object's plain answer to an HTTP answer: rate-limit headers always, the envelope around text that is JSON already. */
import { sendEnvelope } from "../../answer.ts";
import type { AppContext } from "../../context.ts";
import { GatewayError, successEnvelope } from "../../errors.ts";
import { credentialName, rememberRefusal } from "../../middleware/credential-cache.ts";
import { rejectCredential } from "../../middleware/edge-limit.ts";
import { setRateHeaders } from "../../middleware/rate-headers.ts";
import type { Result } from "../../tenant/api.ts";

/** The object of the tenant whose credential this request carries. */
export function tenantOf(c: AppContext): TenantStub {
  return c.env.TENANTS.getByName(c.get("tenantId"));
}

/**
 * Waits for an object's answer and sets the headers that every authenticated response has (contract section 2).
 *
 * @throws GatewayError for a refusal; a credential that the object does not accept is a failed authentication
 */
export async function unwrap<T>(c: AppContext, answer: Result<T> | Promise<Result<T>>): Promise<T> {
  const reply = await answer;
  if (reply.rate) setRateHeaders(c, reply.rate);
  if (reply.ok) return reply.data;
  rememberRefusal(credentialName(c.get("caller")), reply);
  if (reply.rate === null) return rejectCredential(c);
  throw new GatewayError(reply.error);
}

/** 200 with `data` that is JSON text already. */
export function answerJson(c: AppContext, dataJson: string): Response {
  return sendEnvelope(c, successEnvelope(dataJson));
}

/** 200 with `data` as a value. */
export function answer(c: AppContext, data: unknown): Response {
  return answerJson(c, JSON.stringify(data));
}

/** Where the stable URLs of this deployment begin. */
export function publicBaseUrl(c: AppContext): string {
  return c.get("config").publicBaseUrl ?? requestOrigin(c);
}

/** The origin that the request was sent to. */
export function requestOrigin(c: AppContext): string {
  return new URL(c.req.url).origin;
}
