/** What belongs to nobody's data: health and this description. */
import type { Operation } from "../operation.ts";

/** Returns the operations of the service itself: health and documentation. */
export function serviceOperations(): Operation[] {
  const shared = { method: "get", tag: "Service", audience: "everyone" } as const;
  return [
    {
      ...shared,
      id: "health",
      path: "/healthz",
      summary: "Is it up?",
      description: "503 with one line that names it when a setting is missing or malformed.",
      response: [
        {
          description: "It is",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { status: { type: "string", enum: ["ok"], description: "`ok`." } },
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
      summary: "This description",
      description: "OpenAPI 3.1. `/docs` shows it.",
      response: [{ description: "The document", content: { "application/json": { schema: { type: "object" } } } }],
    },
  ];
}
