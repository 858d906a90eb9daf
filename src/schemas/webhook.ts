/** The body of `PUT /api/v1/webhook`, one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { ENDPOINT_EVENTS } from "../domain/delivery.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { once } from "../lib/once.ts";
import { type Checked, check, issuesError } from "./check.ts";
import type { UrlRules } from "./check-generate.ts";

/** The body that sets the webhook endpoint. */
export const PutWebhook = once(() =>
  z
    .strictObject(
      {
        url: z.string("is required and must be a string").check(
          z.meta({
            description: "https URL that receives the events.",
            example: "https://example.com/hooks/paddock",
          }),
        ),
        events: z
          ._default(
            z.nullable(
              z.pipe(
                z
                  .array(z.enum(ENDPOINT_EVENTS, `must be one of ${ENDPOINT_EVENTS.join(", ")}`))
                  .check(z.minLength(1, "needs at least one event; null stands for all"), z.maxLength(100)),
                z.transform((events) => ENDPOINT_EVENTS.filter((event) => events.includes(event))),
              ),
            ),
            null,
          )
          .check(z.describe("Event types that are sent to the endpoint; null: all.")),
      },
      "must be a JSON object",
    )
    .check(z.meta({ id: "PutWebhook" })),
);

/** @returns the endpoint as it was given, or the error that names what is wrong with it */
export function checkPutWebhook(body: unknown, rules: UrlRules): Checked<z.output<ReturnType<typeof PutWebhook>>> {
  const checked = check(PutWebhook(), body);
  if (!checked.ok) return checked;
  const verdict = checkTenantUrl(checked.value.url, rules);
  return verdict.ok ? checked : { ok: false, error: issuesError([{ path: "url", message: verdict.reason }]) };
}
