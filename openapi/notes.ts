/**
 * What each member means, by its name: one sentence serves every schema that has it, unless `Schema.member` says otherwise.
 * The structure comes from zod; this adds prose, and what the generator cannot express.
 */
import type { OpenApiDocument } from "./parts.ts";

const NOTES: Readonly<Record<string, string>> = {
  affordable: "Whether a submission now would be let through.",
  allowedOrigins: "Origins (`https://app.example`) from which browsers may use it; null: none for secret keys.",
  "CreateClientToken.allowedOrigins":
    "Origins (`https://app.example`) from which it works; null: its key's, and if there are none it works anywhere.",
  aspectRatio: "Aspect ratio.",
  attempts: "Attempts, oldest first.",
  at: "When.",
  balance: "Credits: the sum of the ledger.",
  "LedgerEntry.balance": "The balance after it.",
  "Overview.balance": "Credits that tenants have.",
  billing: "`prepaid` tenants spend what they have; `unmetered` ones may go below zero.",
  bytes: "Size in bytes.",
  code: "0, or why not.",
  "Overview.code": "Why the upstream refuses it; null while it does not.",
  completed: "Tasks that completed.",
  concurrentTasks: "How many tasks may run at once.",
  contentType: "What the content is, whatever was claimed.",
  createTime: "When the task was made, as the upstream says it.",
  createdAt: "When it was made.",
  credits: "Credits.",
  data: "The answer.",
  "ApiError.data": "The fields at fault, or null.",
  deleted: "It is gone.",
  delivered: "Whether the receiver answered 2xx.",
  disabledAt: "When the endpoint was turned off by a 410; null while it is on.",
  durationMs: "How long it took, in ms.",
  durationSeconds: "Duration of the video in seconds.",
  enabled: "Whether deliveries go there.",
  error: "Why there was no HTTP status; null if there was one.",
  estimatedCredits: "The price in credits.",
  "TaskResult.failReason": "Why this one failed.",
  expiresAt: "When it stops working; null: never.",
  failReason: "Why the task failed; empty otherwise.",
  fileId: "Names the upload.",
  fileUrl: "Stable URL of the file; null for one that failed.",
  filesVisibility:
    "`public`: whoever has a file's URL may read it. `signed`: URLs expire, and each query hands out fresh ones.",
  genMethod: "Generation method, as `type` of the request.",
  generateAudio: "Whether the video gets audio; true if left out.",
  height: "Height in pixels.",
  imageCount: "Number of images.",
  issues: "Everything that is wrong with the request.",
  key: "The key itself: shown this once.",
  "Account.key": "The key that asks.",
  "Usage.key": "A keyId.",
  keyId: "Names the key; never changes.",
  keys: "All keys, oldest first, revoked ones included.",
  kind: "`secret` for servers, `publishable` for browsers.",
  "LedgerEntry.kind":
    "`hold` when a task is admitted, `correct` when the upstream says its price, then `capture` or `release`; `credit` by the operator.",
  "Overview.kind": "The event's name in the log.",
  lastUsedAt: "When it was last used; may be some minutes behind.",
  lowBalance: "Falling below this sends `credits.low`; null: never.",
  markup: "The tenant's price is `ceil(upstream credits × markup)`.",
  message: "What is wrong with it.",
  metadata: "Up to 16 string pairs of your own (keys ≤ 40, values ≤ 500 characters), returned with the task.",
  mirrored: "Whether the file is safe in the gateway's storage.",
  model: "Name of the model.",
  modelId: "The upstream's number of the model.",
  models: "Models that may be used; null: all.",
  "CreateClientToken.requestsPerMinute": "Requests a minute of its end user; null: half of the tenant's limit.",
  "CreateClientToken.concurrentTasks": "Tasks at once of its end user; null: half of the tenant's limit.",
  "CreateClientToken.models": "Models that it may ask for; null: its key's.",
  "Models.models": "What can be asked for.",
  monthlyCredits: "Most credits in a calendar month (UTC); null: no cap.",
  msg: "`success`, or what is wrong, for people.",
  name: "A name for people.",
  "Models.name": "Name of the model, as in `model` of a request.",
  negativePrompt: "Negative prompt.",
  nextAttemptAt: "When the next attempt is due; null if there is none.",
  nextCursor: "`cursor` of the next page; null at the end.",
  ok: "Whether it worked.",
  "Overview.ok": "Whether it is usable.",
  overlapSeconds: "How long the old text works beside the new one.",
  path: "Which field, as in `refImageUrls.0`.",
  previous: "After a rotation: until when texts before this one work; null when none does any more.",
  previousSecretExpiresAt: "After a rotation: until when the secret before signs along.",
  progress: "0–100; never goes backwards.",
  prompt: "What to generate.",
  quality: "Quality, 50–100.",
  refAudioUrls: "URLs of reference audio, at most 5.",
  refImageUrls: "URLs of reference images, at most 5.",
  refVideoUrls: "URLs of reference videos, at most 5.",
  requestsPerMinute: "Requests a minute.",
  "CreateKey.requestsPerMinute": "A limit of its own, within the tenant's; null: none.",
  "PatchKey.requestsPerMinute": "A limit of its own, within the tenant's; null: none.",
  "Key.requestsPerMinute": "A limit of its own, within the tenant's; null: none.",
  "NewKey.requestsPerMinute": "A limit of its own, within the tenant's; null: none.",
  resolution: "Resolution of the video.",
  response: "The first KB of the receiver's answer.",
  resultUrls: "The stable URLs the outputs will have, in order.",
  results: "One entry a result.",
  retentionDays: "Age in days at which tasks and files are deleted; 0: never; null: the deployment's default.",
  revokedAt: "When it was revoked.",
  runningTasks: "Tasks that have not ended.",
  scopes: "What it may do.",
  secret: "The signing secret: shown this once.",
  seed: "Random seed, −1 to 2^63 − 1; −1 is random.",
  signedWith:
    "Which of the deployment's signing secrets made it: the `first`, a `later` one, or one that is `removed` (it has stopped working).",
  size: "Size of the image; upper or lower case.",
  status: "State.",
  "DeliveryAttempt.status": "HTTP status of the answer; null if there was none.",
  "WebhookTest.status": "HTTP status of the answer; null if there was none.",
  subStatus: "0 pending, 1 success, 2 failed.",
  subTaskDone: "Images done.",
  subTaskTotal: "Images in all.",
  task: "With `Prefer: wait`: the task as it then was.",
  taskId: "Names the task: a JSON number of at most 2^53 − 1.",
  "LedgerEntry.taskId": "The task that it is for; null: none.",
  taskName: "A name for the task.",
  taskNo: "32 hex digits, unique.",
  taskStatus: "0 queuing, 1 generating, 2 completed, 3 failed, 4 under safety review, 5 cancelled.",
  taskType: "1 video, 2 image.",
  tasks: "Tasks.",
  tenantId: "Names the tenant.",
  tenants: "This page.",
  "Overview.tenants": "How many tenants there are.",
  thumbnailUrl: "Stable URL of the thumbnail, or null.",
  token: "The token: safe to hand to a browser.",
  type: "Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt`, `img_vid_aud_txt`, as the model allows.",
  "DeliveryAttempt.type": "Type of the event.",
  url: "Where it is.",
  "PutWebhook.url": "An https URL of yours.",
  "PortalLink.url": "The link, to be opened in a browser.",
  webhookId: "`webhook-id` of the message, the same for every attempt.",
  webhookUrl: "Where to send this task's webhook, instead of the tenant's endpoint.",
  width: "Width in pixels.",
  action: "What was done, such as `key.create`.",
  active: "Active ones.",
  actor: "`operator`, or `portal` for a person of the tenant.",
  after: "How it was afterwards.",
  before: "How it was before.",
  cancelled: "Tasks that were cancelled.",
  copiesWaiting: "Result files on their way to storage.",
  creditsHeld: "Credits held for running tasks.",
  day: "A day (UTC).",
  days: "One entry a day, oldest first; days without tasks have zeros.",
  defaultHoldCredits: "What is held for a request whose price nobody knows yet.",
  deliveriesWaiting: "Webhooks with an attempt left.",
  endUser: "The end user of the client token; null without one.",
  "CreateClientToken.endUser": "Whose token it is: it sees this end user's tasks; null: only its own.",
  entries: "This page, newest first.",
  entryId: "Names the entry; greater is later.",
  expiresInSeconds: "How long it works: up to a day, an hour if left out.",
  failed: "Tasks that failed.",
  final: "Whether this is charged whatever the upstream asks (a price list), or was the upstream's price last time.",
  from: "From this moment on.",
  groupBy: "What the rows are by.",
  id: "Names it.",
  keyName: "The key's name.",
  lastAt: "When it was last seen.",
  limits: "What the tenant may.",
  masterKeys: "The reseller's keys upstream in order of preference, by a name that says nothing of them.",
  maxCredits: "What its tasks may cost together; null: no bound.",
  maxTasks: "How many tasks it may make; null: no bound.",
  medium: "`image` or `video`.",
  month: "The calendar month (UTC).",
  monthCredits: "What this key has spent this month.",
  note: "Why, for people.",
  parameters: "What a request may have, and its ranges.",
  prepaid: "Of prepaid tenants.",
  prices: "Prices: a rule applies to every request that has all the values it names.",
  "Tenant.prices": "The tenant's own price list, which comes before the one for all; null: none.",
  "CreateTenant.prices": "The tenant's own price list, which comes before the one for all; null: none.",
  "PatchTenant.prices": "The tenant's own price list, which comes before the one for all; null: none.",
  problems: "Kinds of trouble in the background.",
  requestId: "The request that did it.",
  retryAt: "When it is tried again.",
  rows: "One row a group.",
  running: "Tasks that have not ended.",
  suspended: "Suspended ones.",
  target: "What it was done to, such as a keyId.",
  topTenants: "Who spent most in these days.",
  to: "Up to this moment.",
  total: "All.",
  totals: "Of all time, deleted tenants included.",
  types: "Generation methods.",
  unmetered: "Of unmetered tenants.",
  usage: "This month so far.",
  storage: "Databases of tenants.",
  largestBytes: "Size of the largest tenant's database.",
  above80Percent: "Tenants whose database is above 80 % of TENANT_STORAGE_MB.",
  webhooksDisabled: "Endpoints that were turned off by a 410.",
};

/** What each parameter of a query means. */
const PARAMETER_NOTES: Readonly<Record<string, string>> = {
  status: "Only tasks with this status, 0–5.",
  model: "Only tasks of this model.",
  from: "From this moment on: an ISO 8601 date, or date and time (UTC without an offset).",
  to: "Up to this moment; a date alone means its end.",
  limit: "How many at most.",
  cursor: "`nextCursor` of the page before.",
  q: "Part of a name, or of an id.",
  groupBy: "What the rows are by.",
  taskId: "Only this task's entries.",
  days: "How many days, up to today.",
  tenantId: "Only what concerns this tenant.",
};

interface Node {
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  description?: string;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  anyOf?: Node[];
  additionalProperties?: Node | boolean;
}

/** Adds the notes, in place. @returns the document */
export function addNotes(document: OpenApiDocument): OpenApiDocument {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) note(schema as Node, name);
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path)) {
      const { parameters = [], responses = {} } = operation as { parameters?: QueryParameter[]; responses?: object };
      for (const parameter of parameters) parameter.description ??= PARAMETER_NOTES[parameter.name] ?? "";
      for (const response of Object.values(responses) as { content?: Record<string, { schema?: Node }> }[]) {
        const schema = response.content?.["application/json"]?.schema;
        if (schema) note(schema, "Envelope");
      }
    }
  }
  return document;
}

interface QueryParameter {
  name: string;
  description?: string;
}

/** Leaves out what null would mean where it cannot be. */
function forType(text: string, { type, anyOf = [] }: Node): string {
  const isNullable = [type, ...anyOf.map((one) => one.type)].flat().includes("null");
  return isNullable ? text : text.replace(/; null: [^.]*\.$/, ".");
}

function note(node: Node, schema: string): void {
  // The bounds of JSON's own integers say nothing.
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  // JSON Schema's enum must list null too, or null is not allowed after all.
  if (node.enum && Array.isArray(node.type) && node.type.includes("null") && !node.enum.includes(null)) {
    node.enum.push(null);
  }
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    const text = NOTES[`${schema}.${name}`] ?? NOTES[name];
    if (text !== undefined && !("$ref" in member)) member.description ??= forType(text, member);
    note(member, schema);
  }
  if (node.items) note(node.items, schema);
  for (const one of node.anyOf ?? []) note(one, schema);
  if (typeof node.additionalProperties === "object") note(node.additionalProperties, schema);
}
