/** What a reader needs before the first call: the document's own description, in Markdown. */
import { statusOf } from "./operation.ts";

/** When each code is the answer (contract section 2). */
const WHEN: Readonly<Record<number, string>> = {
  10001: "The gateway or the upstream cannot take it now; try again after `Retry-After`",
  20001: "No credentials",
  20002: "The scope, models, origins or allowance of the key, token or tenant do not allow this",
  20003: "A client token asks for a task of its tenant that is not its own",
  20008: "Key or token unknown, forged, revoked or expired",
  30001: "Something is missing, of the wrong type or out of range: `msg` names the first, `data.issues` lists all",
  40002: "No such task, or nothing at this address",
  40003: "No such model, or it is offline",
  50001: "The upstream has disabled the model",
  50002: "The upstream's channel is unavailable",
  50003: "`type` is not one of the model's",
  50006: "`resolution` is not a documented value",
  50007: "`durationSeconds` is not a documented value",
  50008: "`size` is not a documented value",
  50009: "`aspectRatio` is not a documented value",
  50010: "`imageCount` is not a documented value",
  50011: "This `type` needs a reference image",
  50014: "The upstream's safety review refused the references",
  50015: "The upstream blocked the references",
  60001: "The tenant's credits, or this month's, do not cover it",
  70001: "Rate limit; wait `Retry-After`",
  70002: "Too many tasks at once",
  70003: "409: the idempotency key's first request is still running. 422: it was for a different body",
  70004: "The tenant is suspended",
  70005: "The task is still running",
  70007: "The address exists, but not with this method: see `Allow`",
  70008: "A compressed body, or a form where JSON is expected",
  70006: "Body too large: JSON over 256 KiB, an upload over its limit",
  70009: "The tenant's storage is full; reads, deletions and running tasks go on",
};

/** @returns Markdown: paragraphs, headings, lists, a table, code blocks */
export function introduction(): string {
  const rows = Object.entries(WHEN).map(([code, when]) => {
    const { statuses } = statusOf(Number(code));
    return `| ${code} | ${statuses.join(", ")} | ${when} |`;
  });
  return `Paddock is a SeedHorse API with tenants, keys, limits and money: an existing SeedHorse client works by changing its
base URL and its key.

## First request

\`\`\`sh
curl https://gateway.example/api/v1/task/generate \\
  -H "Authorization: Bearer $PADDOCK_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "Imagen Nano Banana 2", "taskName": "First", "type": "txt", "prompt": "a grey kitten"}'
\`\`\`

The answer has a \`taskId\` for \`GET /api/v1/query/{taskId}\` and the \`resultUrls\` where the files will be. Instead of
polling, ask with \`Prefer: wait=60\`, follow the task's events, or set a webhook.

## Authentication

Every call carries \`Authorization: Bearer …\`. Secret keys (\`pdk_…\`) are for servers; a secret key sent from a browser
is refused unless it lists that origin. For browsers there are client tokens (\`pdt_…\`), minted by a server for one end
user, and publishable keys (\`pdk_…\`), which work from the origins they list. The operator's calls under \`/admin/v1\`
carry the operator's token.

## Responses

Everything under \`/api/v1\` and \`/admin/v1\` answers \`{code, msg, ok, data}\`; \`code\` 0 is success. Every response
has an \`X-Request-Id\`: name it when you ask for help.

## Limits

\`RateLimit-Policy\` and \`RateLimit\` tell the limits and what is left of them; a limit of q requests a minute is a bucket
of q that refills evenly. Over it the answer is 429 with \`Retry-After\`.

## Idempotency

With \`X-Idempotency-Key\` a submission can be repeated without paying twice: the same key and body within 24 hours gives
the same answer, with \`Idempotent-Replayed: true\`. A request that was refused does not use its key up.

## Errors

| code | HTTP | when |
| --- | --- | --- |
${rows.join("\n")}

Any other code is the upstream's own, passed on with its message as HTTP 400.`;
}
