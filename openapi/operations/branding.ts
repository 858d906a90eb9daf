/** Operations on the brand that pages and the tenants' documentation show. */
import { PutBranding } from "../../src/schemas/branding.ts";
import type { Operation } from "../operation.ts";
import { BINARY } from "../parts.ts";
import type { Responses } from "../responses/all.ts";

const SETTINGS = {
  name: "Acme Studio",
  color: "#7a2fc0",
  supportUrl: "https://acme.example/help",
  termsUrl: "https://acme.example/terms",
};
const BRANDING = {
  ...SETTINGS,
  logo: { url: "/brand/logo?v=8f14e45fceea167a", contentType: "image/png", bytes: 4821 },
};

/** Returns the operations on the brand. */
export function brandingOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: brand", audience: "operator", path: "/admin/v1/branding" } as const;
  return [
    {
      ...shared,
      id: "getBranding",
      method: "get",
      summary: "Get the brand",
      response: a.branding,
      responseExample: BRANDING,
    },
    {
      ...shared,
      id: "putBranding",
      method: "put",
      summary: "Set the brand",
      description:
        "The portal, the console, `/` and the tenants' documentation show the brand, some seconds after a change. Replaces " +
        "everything but the logo; a field that is left out is null.",
      body: { schema: PutBranding(), examples: { brand: { summary: "A brand", value: SETTINGS } } },
      response: a.branding,
      responseExample: BRANDING,
      errors: [30001, 70006],
    },
    {
      ...shared,
      id: "putBrandingLogo",
      method: "put",
      path: "/admin/v1/branding/logo",
      summary: "Set the logo",
      description:
        "The bytes of a PNG, JPEG or WebP image of up to 256 KiB. The type is determined from the content. SVG is refused, because it can " +
        "carry scripts.",
      body: { content: { "image/png": BINARY, "image/jpeg": BINARY, "image/webp": BINARY } },
      response: a.branding,
      responseExample: BRANDING,
      errors: [30001, 70006],
    },
    {
      ...shared,
      id: "deleteBrandingLogo",
      method: "delete",
      path: "/admin/v1/branding/logo",
      summary: "Remove the logo",
      description: "Pages show the product's own mark. Without a logo nothing changes.",
      response: a.branding,
      responseExample: { ...BRANDING, logo: null },
    },
  ];
}
