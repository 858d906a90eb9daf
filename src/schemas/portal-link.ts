/** The body that creates a portal link: one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { parseEmailAddress } from "../domain/email-address.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { issuesError } from "../errors.ts";
import { once } from "../lib/once.ts";
import type { PortalPerson } from "../tenant/api.ts";
import type { PortalSessionQuery } from "../tenant/store/portal.ts";
import { type Checked, check } from "./check.ts";
import type { UrlRules } from "./check-generate.ts";
import { NO_CURSOR, nextPage } from "./cursors.ts";
import { parsedText, plainText, whenCreating } from "./fields.ts";
import { NO_ADDRESS, portalRole } from "./portal-emails.ts";
import { limit } from "./task-list.ts";

/** Longest `returnUrl` in characters: it is stored with each session. */
const MOST_URL_CHARACTERS = 2_048;

/** The body that creates a portal link. */
export const CreatePortalLink = once(() =>
  z
    .strictObject(
      whenCreating({
        role: portalRole().check(
          z.describe("`viewer`: reads only. `admin`: also manages keys and the webhook, and deletes tasks."),
        ),
        person: plainText(200)
          .check(z.minLength(1, "must not be empty"))
          .check(z.describe("Name of the person, for the audit log.")),
        returnUrl: z
          .string("must be a string")
          .check(
            z.maxLength(MOST_URL_CHARACTERS, `has at most ${MOST_URL_CHARACTERS} characters`),
            z.describe("https URL to which the portal links back."),
          ),
      }),
    )
    .check(z.meta({ id: "CreatePortalLink" })),
);

/** The body that asks for a link by e-mail. */
export const AskForLink = once(() => z.strictObject({ email: parsedText(parseEmailAddress, NO_ADDRESS) }));

/** @param role the role if the body names none. @returns the person of the link, or the error that names what is wrong */
export function checkPortalLink(body: unknown, role: PortalPerson["role"], rules: UrlRules): Checked<PortalPerson> {
  const checked = check(CreatePortalLink(), body);
  if (!checked.ok) return checked;
  const { person = null, returnUrl } = checked.value;
  const verdict = returnUrl === undefined ? null : checkTenantUrl(returnUrl, rules);
  if (verdict?.ok === false) return { ok: false, error: issuesError([{ path: "returnUrl", message: verdict.reason }]) };
  return { ok: true, value: { role: checked.value.role ?? role, person, returnUrl: verdict?.url ?? null } };
}

/** Parameters of the list of portal sessions. */
export const PortalSessionParameters = once(() =>
  z.strictObject({
    limit: limit(),
    cursor: nextPage(
      parsedText((text) => {
        const [, createdAt = "", sessionId = ""] = /^(\d{1,15})\.([0-9a-f]{16})$/.exec(text) ?? [];
        return sessionId === "" ? null : { createdAt: Number(createdAt), sessionId };
      }, NO_CURSOR),
    ),
  }),
);

/** Returns checked parameters as a query of the tenant's object. */
export function portalSessionQuery({
  limit: most,
  cursor,
}: z.output<ReturnType<typeof PortalSessionParameters>>): PortalSessionQuery {
  return { limit: most, after: cursor ?? null };
}

/** The body that signs in to the portal by a key. */
export const SignInByKey = once(() =>
  z.strictObject({ key: z.string("is required and must be a string").check(z.maxLength(4_096, "is too long")) }),
);
