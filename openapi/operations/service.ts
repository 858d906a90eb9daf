/** Operations of the service itself: health and the API document. */
import type { Operation, RawResponse } from "../operation.ts";

const DOCUMENT: RawResponse = {
  description: "The document",
  content: {
    "application/json": {
      schema: { type: "object" },
      example: { openapi: "3.1.0", info: { title: "Paddock", version: "1.0.0" }, paths: {} },
    },
  },
};
const REFUSED: RawResponse = { status: 400, description: "The platform refused a malformed request" };

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
        REFUSED,
      ],
      errors: [10001],
    },
    {
      id: "mcp",
      method: "post",
      path: "/mcp",
      tag: "Service",
      summary: "Call the gateway by MCP",
      description:
        "Model Context Protocol over streamable HTTP, without sessions. Tools: `generate_image`, `generate_video`, `get_task`, " +
        "`list_tasks`, `estimate` and `upload_from_url`. Scopes, limits and prices are those of the API.",
      audience: "key-or-token",
      body: {
        content: {
          "application/json": {
            schema: { type: "object" },
            examples: {
              list: { summary: "List the tools", value: { jsonrpc: "2.0", id: 1, method: "tools/list" } },
              call: {
                summary: "Generate an image",
                value: {
                  jsonrpc: "2.0",
                  id: 2,
                  method: "tools/call",
                  params: { name: "generate_image", arguments: { prompt: "a grey kitten" } },
                },
              },
            },
          },
        },
      },
      response: [
        {
          description: "The response in JSON-RPC 2.0, or a stream of events with it",
          content: {
            "application/json": {
              schema: { type: "object" },
              example: { jsonrpc: "2.0", id: 1, result: { tools: [] } },
            },
            "text/event-stream": {
              schema: { type: "string" },
              example: 'event: message\ndata: {"jsonrpc":"2.0","id":2,"result":{"content":[]}}\n\n',
            },
          },
        },
      ],
      errors: [30001, 70006, 70008],
    },
    {
      ...shared,
      id: "openapi",
      path: "/openapi.json",
      summary: "Get the API document",
      description: "OpenAPI 3.1. `/docs/operator` shows the document as a page.",
      response: [DOCUMENT, REFUSED],
    },
    {
      ...shared,
      id: "openapiTenant",
      path: "/openapi-tenant.json",
      summary: "Get the API document without operator calls",
      description: "OpenAPI 3.1. `/docs` shows the document as a page.",
      response: [DOCUMENT, REFUSED],
    },
  ];
}
