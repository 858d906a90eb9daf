/** `/llms.txt` (llmstxt.org): what a language model needs to use the gateway, and where the rest is. */

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string }>>>>;
}

/** @returns the text; `document` is the API document without operator calls */
export function llmsText(document: object): string {
  const calls = Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => `- ${method.toUpperCase()} ${path}: ${summary ?? ""}`),
  );
  return `# Paddock

> An API that generates images and videos. A submission returns a taskId and the final URLs of its files at once; the files are ready when the task has ended. Every generation costs credits.

Send \`Authorization: Bearer KEY\`. Responses under /api/v1 are \`{code, msg, ok, data}\`; code 0 is success, 30001 lists wrong fields in \`data.issues\`. Send an \`X-Idempotency-Key\` with every submission, so that a retry is not charged again. \`Prefer: wait=60\` waits for the end.

## Surfaces

- [API document](/openapi-tenant.json): OpenAPI 3.1
- [Reference](/docs): the same as a page
- /mcp: Model Context Protocol, streamable HTTP, the same credentials; tools generate_image, generate_video, get_task, list_tasks, estimate, upload_from_url
- /v1: OpenAI-compatible images, videos and models for the \`openai\` package

## Calls

${calls.join("\n")}
`;
}
