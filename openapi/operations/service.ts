/** Operations of the service itself: health and the API document. */
import type { Operation } from "../operation.ts";

/** Returns the operations of the service itself: health and documentation. */
export function serviceOperations(): Operation[] {
  const shared = { method: "get", tag: "Service", audience: "everyone" } as const;
  return [
    {
      ...shared,
      id: "health",
      path: "/healthz",
      summary: "Check the service",
      description: "The status is 503 while a setting is missing or malformed; `msg` names the setting.",
      response: [
        {
          description: "The service is up",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { status: { type: "string", enum: ["ok"], description: "Always `ok`." } },
              },
              example: { status: "ok" },
            },
          },
        },
      ],
      errors: [10001],
    },
    {
      ...shared,
      id: "openapi",
      path: "/openapi.json",
      summary: "Get the API document",
      description: "OpenAPI 3.1. `/docs` shows the document as a page.",
      response: [{ description: "The document", content: { "application/json": { schema: { type: "object" } } } }],
    },
  ];
}
