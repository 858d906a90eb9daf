/** Responses about the brand. */
import * as z from "zod";

/** @returns one schema for the `data` of each kind of response */
export function brandingResponses() {
  const branding = z
    .object({
      name: z.string().nullable().describe("Name of the service; null: Paddock."),
      color: z
        .string()
        .regex(/^#[0-9a-f]{6}$/)
        .nullable()
        .describe("Accent colour; null: the product's own."),
      supportUrl: z.string().nullable().describe("Where tenants get help; null: none is shown."),
      termsUrl: z.string().nullable().describe("Terms of service; null: none is shown."),
      logo: z
        .object({
          url: z.string().describe("Path and query on this host; it changes with the logo."),
          contentType: z.string().describe("Media type, determined from the content."),
          bytes: z.int().describe("Size in bytes."),
        })
        .nullable()
        .describe("The logo; null: the product's own mark."),
    })
    .meta({ id: "Branding" });
  return { branding };
}
