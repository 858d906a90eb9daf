/**
 * What the gateway answers, as zod: the `data` of each envelope. Routes write these shapes by hand, for speed; the tests
 * hold live answers against them. Built on first use, because a cold start needs none of them.
 */
import { once } from "../../src/lib/once.ts";
import { operatorAnswers } from "./operator.ts";
import { answerParts } from "./parts.ts";
import { tenantAnswers } from "./tenant.ts";
import { webhookAnswers } from "./webhooks.ts";

function build() {
  const parts = answerParts();
  const tenant = tenantAnswers(parts);
  return { ...tenant, ...webhookAnswers(parts), ...operatorAnswers(parts, tenant.task) };
}

/** One zod schema for the `data` of each kind of answer. */
export type Answers = ReturnType<typeof build>;

/** @returns the schemas, built once per isolate */
export const answers = once(build);
