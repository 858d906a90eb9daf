/** The body of `PUT /api/v1/webhook`, one zod source for validation and OpenAPI. */
import * as z from "zod";
import { checkTenantUrl } from "../domain/public-url.ts";
import { type ApiError, apiError } from "../errors.ts";
import { once } from "../lib/once.ts";
import type { UrlRules } from "./generate.ts";
import { parameterError } from "./task-list.ts";

export const PutWebhook = once(() =>
  z
    .object(
      { url: z.string("is required and must be a string").meta({ example: "https://example.com/hooks/paddock" }) },
      "must be a JSON object",
    )
    .meta({ id: "PutWebhook" }),
);

/** @returns the URL as it was given, or the refusal that says what is wrong with it. */
export function checkPutWebhook(
  body: unknown,
  rules: UrlRules,
): { readonly ok: true; readonly url: string } | { readonly ok: false; readonly error: ApiError } {
  const parsed = PutWebhook().safeParse(body);
  if (!parsed.success) return { ok: false, error: parameterError(parsed.error) };
  const verdict = checkTenantUrl(parsed.data.url, rules);
  if (verdict.ok) return { ok: true, url: parsed.data.url };
  const issues = [{ path: "url", message: verdict.reason }];
  return { ok: false, error: apiError(30001, `url: ${verdict.reason}`, { issues }) };
}
