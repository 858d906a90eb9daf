/** Bodies and parameters of the calls about operators and the audit log. */
import * as z from "zod/mini";
import { parseTenantId } from "../domain/key-format.ts";
import { OPERATOR_SCOPES } from "../domain/operator-scopes.ts";
import { once } from "../lib/once.ts";
import { idCursor, NO_CURSOR, nextPage } from "./cursors.ts";
import { futureTime, parsedText, whenCreating, whenPatching } from "./fields.ts";
import { name } from "./operator.ts";
import { inOrder, limit, timeRange } from "./task-list.ts";

/** Settings of an operator. */
const settings = once(() => ({
  name: name(),
  scopes: z
    .array(z.enum(OPERATOR_SCOPES))
    .check(
      z.minLength(1, "needs at least one scope"),
      z.maxLength(OPERATOR_SCOPES.length),
      z.describe("What the operator may do."),
    ),
  expiresAt: z.nullable(futureTime()).check(z.describe("Time at which the token stops working; null: never.")),
}));

/** The body that creates an operator. */
export const CreateOperator = once(() => {
  const { expiresAt, ...required } = settings();
  return z.strictObject({ ...required, ...whenCreating({ expiresAt }) }).check(z.meta({ id: "CreateOperator" }));
});
/** The body that changes an operator. */
export const PatchOperator = once(() =>
  z.strictObject(whenPatching(settings())).check(z.meta({ id: "PatchOperator" })),
);

/** Parameters of the list of operators. */
export const OperatorListParameters = once(() => z.strictObject({ limit: limit(), cursor: z.optional(idCursor()) }));

/** `true` in a query; any other value is an error. */
export const queryFlag = once(() => z.literal("true", "must be true"));

const filterText = once(() => z.string().check(z.minLength(1), z.maxLength(320)));

/** Parameters of the audit log. */
export const AuditParameters = once(() =>
  inOrder(
    z.strictObject({
      actor: z
        .optional(filterText())
        .check(z.describe("Only events of this actor: `root`, an operatorId, an e-mail address, or `portal`.")),
      action: z.optional(filterText()).check(z.describe("Only events of this action, such as `key.create`.")),
      tenantId: z
        .optional(z.string().check(z.refine((text) => parseTenantId(text) !== null, "is not a tenantId")))
        .check(z.describe("Only events of this tenant.")),
      ...timeRange(),
      limit: limit(),
      cursor: nextPage(
        parsedText((text) => {
          // Cursors of the previous release have no time.
          const [, at, seq] = text.match(/^(?:(\d{1,15})\.)?(\d{1,15})$/) ?? [];
          return seq === undefined ? null : { at: at === undefined ? null : Number(at), seq: Number(seq) };
        }, NO_CURSOR),
      ),
    }),
  ),
);
