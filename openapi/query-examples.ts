/** Examples of query parameters: a list responds to all of its own together, for any tenant. */
import type { OpenApiDocument } from "./parts.ts";

type Examples = Readonly<Record<string, string | number>>;

const SHARED: Examples = {
  status: 2,
  model: "Imagen Nano Banana 2",
  endUser: "user-81",
  q: "cat",
  from: "2026-11-01",
  to: "2026-11-30",
  limit: 20,
  taskId: "230612834934784",
  // The id of a task, a delivery or an entry.
  cursor: "230612834934784",
  actor: "root",
  action: "key.create",
  tenantId: "ten_0f3a9c1b5d7e2468ace0",
  after: "video_230612834934784",
  keyId: "key_9b1c0d2e3f405162",
  inactiveDays: 30,
  download: "cat.png",
  w: 512,
  // Of the signed URLs of an upload.
  token: "Dzqcu11-JGis4A_k1x0vQbWm2o9T4yZr7cE_kQ2d",
  bytes: 16777216,
  expires: 1790000000,
  signature: "4fKj0Xw7n2u9c1R5aTqLhg",
};

/** Where a list has another kind of cursor, or a parameter another meaning. */
const OWN: Readonly<Record<string, Examples>> = {
  getUsage: { cursor: "MjA3ODA" },
  getTenantUsage: { cursor: "MjA3ODA" },
  listClientTokens: { cursor: "tok_5d41402abc4b2a76" },
  listClientTokensOfTenant: { cursor: "tok_5d41402abc4b2a76" },
  listEndUsers: { cursor: "dXNlci04MQ" },
  listEndUsersOfTenant: { cursor: "dXNlci04MQ" },
  listTenants: {
    q: "Acme",
    cursor: "WyItY3JlYXRlZCIsMTc5NTM5MjAwMDAwMCwidGVuXzBmM2E5YzFiNWQ3ZTI0NjhhY2UwIiwxNzk1MzkyMDAwMDAwXQ",
  },
  listTenantSummaries: {
    q: "Acme",
    cursor: "WyItY3JlYXRlZCIsMTc5NTM5MjAwMDAwMCwidGVuXzBmM2E5YzFiNWQ3ZTI0NjhhY2UwIiwxNzk1MzkyMDAwMDAwXQ",
  },
  listUpstreamPrices: { cursor: "SW1hZ2Vu" },
  getMargins: { cursor: "MjAyNi0xMS0yMg" },
  listKeys: { cursor: "1795392000000.key_9b1c0d2e3f405162" },
  listPortalSessions: { cursor: "1795392000000.8f14e45fceea167a" },
  search: { q: "Acme" },
  listAudit: { cursor: "1795392000000.42" },
};

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema?: { readonly default?: unknown; readonly enum?: readonly unknown[] };
  example?: unknown;
}

/** Adds an example to each query parameter without a default or a list of values. In place. @returns the document */
export function addQueryExamples(document: OpenApiDocument): OpenApiDocument {
  for (const path of Object.values(document.paths ?? {})) {
    for (const { operationId = "", parameters = [] } of Object.values(path) as {
      readonly operationId?: string;
      readonly parameters?: readonly Parameter[];
    }[]) {
      for (const parameter of parameters) {
        if (parameter.in !== "query" || parameter.example !== undefined) continue;
        if (parameter.schema?.default !== undefined || parameter.schema?.enum !== undefined) continue;
        const example = OWN[operationId]?.[parameter.name] ?? SHARED[parameter.name];
        if (example !== undefined) parameter.example = example;
      }
    }
  }
  return document;
}
