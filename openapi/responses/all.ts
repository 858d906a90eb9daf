/**
 * What the gateway answers, as zod: the `data` of each envelope. Routes write these shapes by hand, for speed; the tests
 * hold live answers against them. Built on first use, because a cold start needs none of them.
 */
import { once } from "../../src/lib/once.ts";
import { operatorResponses } from "./operator.ts";
import { responseParts } from "./parts.ts";
import { tenantResponses } from "./tenant.ts";
import { webhookResponses } from "./webhooks.ts";

function build() {
  const parts = responseParts();
  const tenant = tenantResponses(parts);
  return { ...tenant, ...webhookResponses(parts), ...operatorResponses(parts, tenant.task) };
}

/** One zod schema for the `data` of each kind of answer. */
export type Responses = ReturnType<typeof build>;

/** @returns the schemas, built once per isolate */
export const responses = once(build);
