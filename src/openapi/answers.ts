/**
 * What the gateway answers, as zod: the `data` of each envelope. Routes write these shapes by hand, for speed; the tests
 * hold live answers against them. Built on first use, because a cold start needs none of them.
 */
import { once } from "../lib/once.ts";
import { answerParts } from "./answer-parts.ts";
import { operatorAnswers } from "./operator-answers.ts";
import { tenantAnswers } from "./tenant-answers.ts";
import { webhookAnswers } from "./webhook-answers.ts";

function build() {
  const parts = answerParts();
  const tenant = tenantAnswers(parts);
  return { ...tenant, ...webhookAnswers(parts), ...operatorAnswers(parts, tenant.task) };
}

/** One zod schema for the `data` of each kind of answer. */
export type Answers = ReturnType<typeof build>;

/** @returns the schemas, built once per isolate */
export const answers = once(build);
