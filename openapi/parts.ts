/** Parts that many operations share: parameters, headers, security schemes, tags. */
import type { OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";

/** The whole document, as the generator makes it. */
export type OpenApiDocument = ReturnType<OpenApiGeneratorV31["generateDocument"]>;

/** Media that is not text. */
export const BINARY = { schema: { type: "string", format: "binary" }, example: "(bytes of the file)" } as const;

interface Schema {
  readonly type: "string" | "integer";
  readonly format?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly default?: string;
  enum?: string[];
}

const text: Schema = { type: "string" };

interface Parameter {
  readonly description: string;
  readonly schema: Schema;
  readonly example?: string | number;
}

/** Every `{name}` in a path. */
export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  taskId: {
    description: "The `taskId` that `POST /api/v1/task/generate` returned.",
    schema: { type: "integer", format: "int64", minimum: 1 },
    example: 230612834934784,
  },
  partNumber: { description: "Number of the part, from 1.", schema: { type: "integer", minimum: 1 }, example: 1 },
  fileId: { description: "The `fileId` of the upload.", schema: text, example: "file_5f0c9a4be1d27783" },
  tenantId: {
    description: "The identifier of the tenant.",
    schema: { type: "string", pattern: "^ten_[0-9a-f]{20}$" },
    example: "ten_0f3a9c1b5d7e2468ace0",
  },
  keyId: {
    description: "The identifier of the key; a rotation keeps it.",
    schema: { type: "string", pattern: "^key_[0-9a-f]{16}$" },
    example: "key_9b1c0d2e3f405162",
  },
  operatorId: {
    description: "The identifier of the operator; a rotation keeps it.",
    schema: { type: "string", pattern: "^(opr_[0-9a-f]{16}|root)$" },
    example: "opr_9b1c0d2e3f405162",
  },
  month: {
    description: "A calendar month (UTC).",
    schema: { type: "string", pattern: "^\\d{4}-\\d{2}$" },
    example: "2026-11",
  },
  sessionId: {
    description: "The `sessionId` in the list of sessions.",
    schema: { type: "string", pattern: "^[0-9a-f]{16}$" },
    example: "8f14e45fceea167a",
  },
  deliveryId: {
    description: "The `deliveryId` in the list of deliveries, which is the `webhook-id`.",
    schema: text,
    example: "msg_5f0c9a4be1d277835f0c9a4be1d27783",
  },
  endUser: {
    description: "Name of the end user, as in its client tokens.",
    schema: text,
    example: "user-81",
  },
  tokenId: {
    description: "The `tokenId` that was returned with the client token.",
    schema: { type: "string", pattern: "^tok_[0-9a-f]{16}$" },
    example: "tok_5d41402abc4b2a76",
  },
  id: { description: "The id of the video.", schema: text, example: "video_230612834934784" },
  model: { description: "Alias or name of the model.", schema: text, example: "nano-banana-2" },
  token: {
    description: "The unguessable part of the URL. Use the whole URL as it was returned; do not build one.",
    schema: text,
    example: "Dzqcu11-JGis4AHRy8lR1FAtvEq1JGkz0Yc7Xa7QxT9m",
  },
  name: {
    description: "`{index}.png` or `{index}.mp4` for a result, `t{index}.png` for its thumbnail.",
    schema: { type: "string", pattern: "^t?\\d+\\.(png|mp4)$" },
    example: "0.png",
  },
};

const headerParameter = (parameter: Parameter & { readonly name: string }) =>
  ({ in: "header", required: false, ...parameter }) as const;

const openAiKey = (example: string) =>
  headerParameter({
    name: "Idempotency-Key",
    description:
      "1–255 printable ASCII characters without a comma, kept for 24 hours. The same key with the same fields and files returns the " +
      "same task and costs nothing.",
    schema: { type: "string", maxLength: 255 },
    example,
  });

/** Request headers that operations read. */
export const HEADER_PARAMETERS = {
  idempotencyKey: headerParameter({
    name: "X-Idempotency-Key",
    description:
      "1–255 printable ASCII characters without a comma that identify this submission within the tenant for 24 hours. The same " +
      "key with the same body returns the same response with `Idempotent-Replayed: true` and costs nothing. " +
      "`Idempotency-Key` works as well.",
    schema: { type: "string", maxLength: 255 },
    example: "order-4711",
  }),
  // A key belongs to one call with one body, so the example of each call is another one.
  imageIdempotencyKey: openAiKey("order-4712"),
  editIdempotencyKey: openAiKey("order-4713"),
  videoIdempotencyKey: openAiKey("order-4714"),
  creditKey: headerParameter({
    name: "X-Idempotency-Key",
    description: "Requests with the same key book the credits once.",
    schema: { type: "string", maxLength: 255 },
    example: "invoice-2026-11-001",
  }),
  tenantIdempotencyKey: headerParameter({
    name: "X-Idempotency-Key",
    description:
      "1–255 printable ASCII characters. The same key with the same settings returns the same tenant, for 24 hours.",
    schema: { type: "string", maxLength: 255 },
    example: "signup-4711",
  }),
  prefer: headerParameter({
    name: "Prefer",
    description: "`wait=N`, N from 1 to 60: the response is sent when the task has ended, or after N seconds.",
    schema: text,
    example: "wait=30",
  }),
  lastEventId: headerParameter({
    name: "Last-Event-ID",
    description: "The id of the last event that was received; a browser's `EventSource` sends it automatically.",
    schema: text,
    example: "3",
  }),
  range: headerParameter({
    name: "Range",
    description: "One range of bytes, such as `bytes=0-1023`.",
    schema: text,
    example: "bytes=0-1023",
  }),
  ifNoneMatch: headerParameter({
    name: "If-None-Match",
    description: "An `ETag`; the status is 304 if the file still has it.",
    schema: text,
    example: '"5f0c9a4be1d27783"',
  }),
  accept: headerParameter({
    name: "Accept",
    description: "`text/csv` for CSV (RFC 4180, with a header record) instead of JSON.",
    schema: { type: "string", enum: ["application/json", "text/csv"], default: "application/json" },
  }),
};
/** Names of the documented request headers. */
export type HeaderParameter = keyof typeof HEADER_PARAMETERS;

/**
 * Filters by metadata of a list of tasks: properties of one object, each a parameter of its own (`style: form`, `explode`).
 */
export const METADATA_FILTER = {
  in: "query",
  name: "metadata",
  required: false,
  style: "form",
  explode: true,
  description:
    "`metadata.KEY=value`, up to 16 of them: only tasks with this pair in their `metadata`. KEY is everything after the first dot.",
  schema: { type: "object", patternProperties: { "^metadata\\.": text } },
  example: { "metadata.order": "4711" },
} as const;

/** Response headers, as components. */
export const RESPONSE_HEADERS = {
  "X-Request-Id": {
    description: "Identifier of the request in the gateway's log: the caller's own `X-Request-Id` if it is valid.",
    schema: text,
  },
  RateLimit: {
    description: 'What is left of each limit, such as `"requests";r=59;t=1`: 59 requests now, one more in a second.',
    schema: text,
    example: '"requests";r=59;t=1',
  },
  "RateLimit-Policy": {
    description:
      'The limits, such as `"requests";q=60;w=60`: a token bucket of 60 that refills evenly over 60 seconds. A key with a ' +
      "limit of its own has a second entry, `key-requests`.",
    schema: text,
    example: '"requests";q=60;w=60',
  },
  "Retry-After": {
    description: "Seconds to wait before the next attempt.",
    schema: { type: "integer", minimum: 0 },
    example: 5,
  },
  "Idempotent-Replayed": {
    description: "`true` if this is the response to an earlier request with the same idempotency key.",
    schema: { type: "string", enum: ["true"] },
  },
  "Preference-Applied": { description: "`wait=N` if the gateway waited.", schema: text, example: "wait=30" },
  ETag: { description: "Identifier of this version of the content.", schema: text },
  "Content-Range": {
    description: "Range of the response and size of the file.",
    schema: text,
    example: "bytes 0-1023/482113",
  },
  "Cache-Control": {
    description: "`public, max-age=31536000, immutable` for an available file; `no-store` before.",
    schema: text,
  },
} satisfies Record<string, Parameter>;

/** The credentials in `Authorization`, and the one in the URL. */
export const SECURITY_SCHEMES = {
  tenantKey: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "pdk_…",
    description: "A tenant's secret key, for servers only.",
  },
  publishableKey: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "pdk_…",
    description:
      "A tenant's publishable key, for browsers: works from the origins it lists, for tasks that were created with it.",
  },
  clientToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "pdt_…",
    description:
      "A client token from `POST /api/v1/client-tokens`, for one end user: valid for up to a day, with an allowance of its own.",
  },
  clientTokenInUrl: {
    type: "apiKey",
    in: "query",
    name: "token",
    description:
      "A client token, for a browser's `EventSource`, which cannot send headers. No other credential is accepted in a URL.",
  },
  operatorToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "pdo_…",
    description: "The token of an operator, or `ADMIN_TOKEN` of the deployment, which may do everything.",
  },
} as const;

/** Whom a document is for: a tenant's has no operator calls and does not name the upstream. */
export type Readers = "operator" | "tenant";

/** Groups of operations, in the order in which they are shown. */
export const TAGS = [
  { name: "Tasks", description: "Submit tasks, follow them, list and delete them." },
  { name: "Files", description: "Results under stable URLs, and uploads of references." },
  { name: "Account", description: "Models, usage, balance and limits of a tenant." },
  { name: "Client tokens", description: "Credentials for browsers." },
  { name: "End users", description: "Limits and use of the people who hold client tokens." },
  { name: "OpenAI-compatible", description: "Images, videos and models in OpenAI's shapes, for its packages." },
  { name: "Webhooks", description: "The tenant's endpoint, and the deliveries of events." },
  { name: "Operator: tenants", description: "Tenants and their settings." },
  { name: "Operator: keys", description: "A tenant's keys." },
  { name: "Operator: people", description: "Who is signed in to a tenant's portal, and the tenant's end users." },
  { name: "Operator: money", description: "Credits, ledger, usage and prices." },
  { name: "Operator: insight", description: "Totals, audit log and metrics." },
  { name: "Operator: operators", description: "Operators with names and scopes." },
  { name: "Operator: brand", description: "Name, logo, colour and links that pages show." },
  { name: "Service", description: "Health and API documents." },
] as const;
