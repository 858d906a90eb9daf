/** Bodies that set a webhook endpoint, a tenant's or the operator's; one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { ENDPOINT_EVENTS } from "../domain/delivery.ts";
import { OPERATOR_EVENTS, WEBHOOK_FORMATS } from "../domain/operator-event.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { issuesError } from "../errors.ts";
import { once } from "../lib/once.ts";
import type { Checked } from "./check.ts";
import type { UrlRules } from "./check-generate.ts";
import { nullByDefault } from "./fields.ts";

/** The fields of an endpoint that can receive these events. */
function endpointFields<const Event extends string>(events: readonly Event[], example: string) {
  return {
    url: z
      .string("is required and must be a string")
      .check(z.meta({ description: "https URL that receives the events.", example })),
    events: nullByDefault(
      z.pipe(
        z
          .array(z.enum(events, `must be one of ${events.join(", ")}`))
          .check(z.minLength(1, "needs at least one event; null stands for all"), z.maxLength(100)),
        z.transform((wanted) => events.filter((event) => wanted.includes(event as never))),
      ),
    ).check(z.describe("Event types that are sent to the endpoint; null: all.")),
  };
}

const NOT_AN_OBJECT = "must be a JSON object";

/** The body that sets a tenant's webhook endpoint. */
export const PutWebhook = once(() =>
  z
    .strictObject(endpointFields(ENDPOINT_EVENTS, "https://example.com/hooks/paddock"), NOT_AN_OBJECT)
    .check(z.meta({ id: "PutWebhook" })),
);

/** The body that sets the operator's webhook endpoint. */
export const PutOperatorWebhook = once(() =>
  z
    .strictObject(
      {
        ...endpointFields(OPERATOR_EVENTS, "https://example.com/hooks/on-call"),
        format: z
          ._default(z.enum(WEBHOOK_FORMATS, `must be ${WEBHOOK_FORMATS.join(" or ")}`), "standard")
          .check(
            z.describe("`standard`: `{type, timestamp, data}`. `slack`: `{text}`, for Slack and compatible services."),
          ),
      },
      NOT_AN_OBJECT,
    )
    .check(z.meta({ id: "PutOperatorWebhook" })),
);

/** @returns a checked endpoint as it was given, or the error for a URL that this gateway must not send to */
export function withAllowedUrl<T extends { readonly url: string }>(checked: Checked<T>, rules: UrlRules): Checked<T> {
  if (!checked.ok) return checked;
  const verdict = checkTenantUrl(checked.value.url, rules);
  return verdict.ok ? checked : { ok: false, error: issuesError([{ path: "url", message: verdict.reason }]) };
}
