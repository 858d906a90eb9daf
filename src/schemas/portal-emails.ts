/** E-mail addresses of a tenant's people, and their roles in the portal. */
import * as z from "zod/mini";
import { parseEmailAddress } from "../domain/email-address.ts";
import { once } from "../lib/once.ts";
import type { PortalEmails } from "../tenant/settings.ts";

/** Role of a person in the portal. */
export const portalRole = once(() => z.enum(["viewer", "admin"], "must be viewer or admin"));

/** Most people of a tenant who have an address: the setting is in the tenant's record. */
const MOST_EMAILS = 50;
/** What is wrong with a text that is no address. */
export const NO_ADDRESS = "must be an e-mail address";

/** Addresses that may ask for a link by e-mail, with the role of each. */
export const portalEmails = once(() =>
  z.pipe(
    z
      .record(z.string(), portalRole(), "must be an object of e-mail addresses, each with a role")
      .check(z.refine((given) => Object.keys(given).length <= MOST_EMAILS, `at most ${MOST_EMAILS} addresses`)),
    z.transform((given, { issues }): PortalEmails => {
      const entries = Object.entries(given).map(([text, role]) => {
        const address = parseEmailAddress(text);
        if (address === null) issues.push({ code: "custom", path: [text], input: text, message: NO_ADDRESS });
        return [address ?? text, role] as const;
      });
      const roles = Object.fromEntries(entries);
      if (Object.keys(roles).length < entries.length)
        issues.push({ code: "custom", input: given, message: "has an address twice" });
      return roles;
    }),
  ),
);
