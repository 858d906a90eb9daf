/** The body that sets the brand: one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { parseColor } from "../domain/brand-color.ts";
import { checkTenantUrl } from "../domain/public-url.ts";
import { once } from "../lib/once.ts";
import { nullByDefault, parsedText, plainText } from "./fields.ts";

const MOST_URL_CHARACTERS = 2_048;
/** One address without parameters: a mail program would put those into the letter. */
const MAIL_URL = /^mailto:[^\s@?,;<>"]+@[^\s@?,;<>"]+$/i;

/** @returns the URL as it was given, or null if it is none of a public page */
function pageUrl(text: string): string | null {
  return checkTenantUrl(text, { allowPrivate: false, ownOrigins: [] }).ok ? text : null;
}

const urlField = (parse: (text: string) => string | null, error: string) =>
  nullByDefault(
    parsedText(
      parse,
      error,
      z
        .string("must be a string")
        .check(z.maxLength(MOST_URL_CHARACTERS, `has at most ${MOST_URL_CHARACTERS} characters`)),
    ),
  );

/** The body of `PUT /admin/v1/branding`: it replaces everything but the logo. */
export const PutBranding = once(() =>
  z
    .strictObject(
      {
        name: nullByDefault(
          plainText(80).check(
            z.refine(
              (text) => text.trim() !== "" && text === text.trim(),
              "must not be empty or have spaces around it",
            ),
          ),
        ).check(z.describe("Name of the service, which pages and documentation show; null: Paddock.")),
        color: nullByDefault(parsedText(parseColor, "must be #rgb or #rrggbb", z.string("must be a string"))).check(
          z.describe("Accent colour as `#rrggbb`; pages make it darker or lighter where texts would be hard to read."),
        ),
        supportUrl: urlField(
          (text) => (MAIL_URL.test(text) ? text : pageUrl(text)),
          "must be an https URL of a public host, or mailto: with one address",
        ).check(z.describe("Where tenants get help: an https or `mailto:` URL; null: none is shown.")),
        termsUrl: urlField(pageUrl, "must be an https URL of a public host").check(
          z.describe("https URL of the terms of service; null: none is shown."),
        ),
      },
      "must be a JSON object",
    )
    .check(z.meta({ id: "PutBranding" })),
);
