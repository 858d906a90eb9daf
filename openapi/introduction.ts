/** The document's own description, in Markdown: what a reader needs before the first request. */
import { guides } from "./guides.ts";
import { statusOf } from "./operation.ts";
import type { Readers } from "./parts.ts";

/** When each error code is returned (contract section 2). */
const WHEN: Readonly<Record<number, string>> = {
  10001: "The gateway or the upstream cannot accept the request now; retry after `Retry-After`",
  20001: "No credentials",
  20002: "The scopes, models, origins or allowance of the key, token or tenant do not allow the request",
  20003: "A client token requests a task of another end user",
  20008: "The key or token is unknown, forged, revoked or expired",
  30001:
    "A field is missing, unknown, of the wrong type or out of range: `msg` names the first problem, `data.issues` lists all",
  40002: "The task or resource does not exist, or there is nothing at this address",
  40003: "The model does not exist or is offline; `data.models` lists the known models",
  50001: "The upstream has disabled the model",
  50002: "The upstream's channel is unavailable",
  50003: "`type` is not one of the model's",
  50006: "`resolution` is not a documented value",
  50007: "`durationSeconds` is not a documented value",
  50008: "`size` is not a documented value",
  50009: "`aspectRatio` is not a documented value",
  50010: "`imageCount` is not a documented value",
  50011: "This `type` needs a reference image",
  50014: "The upstream's safety review rejected the references",
  50015: "The upstream blocked the references",
  60001: "The tenant's credits, or its credits for this month, do not cover the task",
  70001: "Rate limit exceeded; retry after `Retry-After`",
  70002: "Too many tasks at the same time; retry after `Retry-After`",
  70003:
    "409: the first request with the idempotency key is still running. 422: the idempotency key was used with a different body",
  70004: "The tenant is suspended",
  70005: "The task is still running",
  70007: "The address exists, but not with this method: see `Allow`",
  70008: "A compressed body, or a form where JSON is expected",
  70006: "The body is too large: JSON over 256 KiB (4 MiB with `data:` references), or an upload over its limit",
  70009: "The tenant's storage is full; reads, deletions and running tasks continue",
};

/** @returns Markdown: paragraphs, headings, lists, a table, code blocks. A tenant's does not name the upstream. */
export function introduction(readers: Readers): string {
  const rows = Object.entries(WHEN).map(([code, when]) => {
    const { statuses } = statusOf(Number(code));
    return `| ${code} | ${statuses.join(", ")} | ${when} |`;
  });
  const opening =
    readers === "operator"
      ? "Paddock is a SeedHorse API with tenants, keys, limits and credits. An existing SeedHorse client works after a change of its base URL and its key."
      : "Paddock generates images and videos. Submit a task, wait for it or be called when it has ended, and use the stable URLs of its files.";
  const operatorToken = readers === "operator" ? " Requests under `/admin/v1` carry an operator token." : "";
  return `${opening}

## First request

\`\`\`sh
curl https://gateway.example/api/v1/task/generate \\
  -H "Authorization: Bearer $PADDOCK_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "Imagen Nano Banana 2", "taskName": "First", "type": "txt", "prompt": "a grey kitten"}'
\`\`\`

The response contains a \`taskId\` for \`GET /api/v1/query/{taskId}\`, and the \`resultUrls\` of the files. Instead of
polling, you can send \`Prefer: wait=60\`, follow the task's events, or set a webhook.

## Authentication

Every request carries \`Authorization: Bearer …\`. Secret keys (\`pdk_…\`) are for servers; a secret key sent from a browser
is rejected unless the key lists the browser's origin. Browsers use client tokens (\`pdt_…\`), which a server creates for one
end user, or publishable keys (\`pdk_…\`), which work from the origins they list.${operatorToken}

## Responses

Every response of the API is \`{code, msg, ok, data}\`; \`code\` 0 is success. Every response
has an \`X-Request-Id\`: include it in a support request.

## Limits

\`RateLimit-Policy\` and \`RateLimit\` contain the limits and what is left of them. A limit of q requests per minute is a
token bucket of q that refills evenly. Above the limit the status is 429, with \`Retry-After\`.

## Errors

| code | HTTP | when |
| --- | --- | --- |
${rows.join("\n")}

Any other code comes from the upstream and is returned with its message and HTTP 400.

${guides()}`;
}
