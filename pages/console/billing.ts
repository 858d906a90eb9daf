/** How a tenant can pay, in words. */
import { t } from "../i18n/t.ts";

/** The kinds of billing, with the texts for a form. */
export function billingChoices() {
  return [
    ["prepaid", t("tenants.prepaidLong")],
    ["unmetered", t("tenants.unmeteredLong")],
  ] as const;
}
