/**
 * One operation of the API as data, and how it becomes an operation of the OpenAPI document: parameters from the path, the
 * envelope around the response, headers that every response has, and one entry a status for the error codes.
 */
import type { OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import type * as z from "zod";
import { OPERATOR_PERMISSIONS } from "../src/domain/operator-permissions.ts";
import { CODES, type GatewayCode } from "../src/errors.ts";
import { fullSchema } from "./full-schema.ts";
import {
  HEADER_PARAMETERS,
  type HeaderParameter,
  METADATA_FILTER,
  PATH_PARAMETERS,
  type RESPONSE_HEADERS,
} from "./parts.ts";

type RouteConfig = Parameters<OpenAPIRegistry["registerPath"]>[0];
type Content = NonNullable<
  RouteConfig["responses"][string] extends infer R ? (R extends { content?: infer C } ? C : never) : never
>;
type Responses = RouteConfig["responses"];

/** Who may call: decides the security schemes of the operation, and the error codes that they bring. */
export type Audience = "everyone" | "secret" | "key-or-token" | "token" | "any-credential" | "events" | "operator";

/** A response that is not JSON in the envelope. */
export interface RawResponse {
  readonly status?: number;
  readonly description: string;
  readonly content?: Content;
  readonly headers?: readonly (keyof typeof RESPONSE_HEADERS)[];
}

/** An example of a request body. */
export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

/** One method of one path. */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete" | "head";
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Markdown: paragraphs, lists, `code`, links. */
  readonly description?: string;
  readonly audience: Audience;
  /** Scope that a key needs. */
  readonly scope?: string;
  readonly query?: z.core.$ZodObject;
  /** True if the list takes filters by metadata beside `query`. */
  readonly filtersMetadata?: boolean;
  readonly headers?: readonly HeaderParameter[];
  readonly body?: {
    readonly schema?: z.core.$ZodType;
    readonly content?: Content;
    readonly optional?: boolean;
    readonly examples?: Readonly<Record<string, Example>>;
  };
  /** `data` of the envelope, or responses without an envelope. */
  readonly response: z.ZodType | readonly RawResponse[];
  readonly responseExample?: unknown;
  /** Headers of the response beyond those that all responses have. */
  readonly responseHeaders?: readonly (keyof typeof RESPONSE_HEADERS)[];
  /** Responses without the envelope, in addition to it. */
  readonly otherResponses?: readonly RawResponse[];
  /** True for an operation without the envelope, whose `response` has its errors too. */
  readonly ownErrors?: true;
  /** Error codes beyond those that every operation of this audience can have. */
  readonly errors?: readonly number[];
}

const SECURITY: Record<Audience, Record<string, string[]>[]> = {
  everyone: [],
  secret: [{ tenantKey: [] }],
  "key-or-token": [{ tenantKey: [] }, { clientToken: [] }],
  token: [{ clientToken: [] }],
  "any-credential": [{ tenantKey: [] }, { publishableKey: [] }, { clientToken: [] }],
  events: [{ tenantKey: [] }, { clientToken: [] }, { clientTokenInUrl: [] }],
  operator: [{ operatorToken: [] }],
};

/** Error codes that every operation of an audience can have. */
const COMMON_ERRORS: Record<Audience, readonly GatewayCode[]> = {
  everyone: [],
  secret: [20001, 20002, 20008, 70001, 70004, 10001],
  "key-or-token": [20001, 20002, 20008, 70001, 70004, 10001],
  token: [20001, 20002, 20008, 70001, 70004, 10001],
  "any-credential": [20001, 20002, 20008, 70001, 70004, 10001],
  events: [20001, 20002, 20008, 70001, 70004, 10001],
  operator: [20001, 20002, 20008, 70001, 10001],
};

/** Statuses and messages of the upstream's own errors (contract section 2). */
const UPSTREAM_STATUS: Readonly<Record<number, readonly [status: number, message: string]>> = {
  50001: [400, "Model disabled"],
  50002: [400, "Channel unavailable"],
  50014: [422, "Reference content failed safety review"],
  50015: [422, "Reference content blocked"],
};

/** Messages in place of those that only fit tasks. */
const DESCRIBED: Readonly<Record<number, string>> = {
  40002: "Nothing with this id",
  20008: "Unknown credentials",
};

/** @returns every HTTP status a code can have, and its message */
export function statusOf(code: number): { readonly statuses: readonly number[]; readonly message: string } {
  const own = CODES[code as GatewayCode] ?? UPSTREAM_STATUS[code];
  if (!own) throw new Error(`No status for code ${code}`);
  return { statuses: code === 70003 ? [409, 422] : [own[0]], message: DESCRIBED[code] ?? own[1] };
}

/** The envelopes of all responses. */
export interface Frame {
  /** The envelope of an error. */
  readonly error: z.ZodType;
  /** The envelope of a success, around its `data`. */
  readonly success: (data: z.ZodType) => z.ZodType;
}

/** Adds the operation to the registry that the document is generated from. */
export function describe(registry: OpenAPIRegistry, operation: Operation, frame: Frame): void {
  const { body, scope, audience } = operation;
  const scopeNote = scope === undefined ? operatorNote(operation) : `\n\nA key needs the scope \`${scope}\`.`;
  registry.registerPath({
    method: operation.method,
    path: operation.path,
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: (operation.description ?? "") + scopeNote,
    security: SECURITY[audience],
    parameters: [
      ...[...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(name ?? "")),
      ...(operation.headers ?? []).map((name) => HEADER_PARAMETERS[name]),
      ...(operation.filtersMetadata ? [METADATA_FILTER as never] : []),
    ],
    request: {
      ...(operation.query && { query: fullSchema(operation.query) as z.ZodObject }),
      ...(body && {
        body: {
          required: body.optional !== true,
          content: body.content ?? {
            "application/json": {
              ...(body.schema && { schema: fullSchema(body.schema) }),
              ...(body.examples && { examples: { ...body.examples } }),
            },
          },
        },
      }),
    },
    responses: {
      ...successResponses(operation, frame),
      ...(operation.ownErrors ? {} : errorResponses(operation, frame)),
    },
  });
}

/** Returns a sentence about the operator's scopes, from the table that the Worker enforces. */
function operatorNote({ method, path }: Operation): string {
  const route = `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`;
  const scopes = OPERATOR_PERMISSIONS[route];
  return scopes ? `\n\nAn operator needs the scope ${scopes.map((name) => `\`${name}\``).join(" or ")}.` : "";
}

function pathParameter(name: string) {
  const parameter = PATH_PARAMETERS[name];
  if (!parameter) throw new Error(`No description of the path parameter ${name}`);
  return { name, in: "path" as const, required: true, ...parameter };
}

function headersOf(names: readonly (keyof typeof RESPONSE_HEADERS)[], { audience }: Operation) {
  const always: (keyof typeof RESPONSE_HEADERS)[] = ["X-Request-Id"];
  if (audience !== "everyone") always.push("RateLimit", "RateLimit-Policy");
  return Object.fromEntries([...always, ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function successResponses(operation: Operation, frame: Frame): Responses {
  const responses: Responses = {};
  const { response, responseExample } = operation;
  if (!Array.isArray(response)) {
    responses["200"] = {
      description: "Success",
      headers: headersOf(operation.responseHeaders ?? [], operation),
      content: {
        "application/json": {
          schema: frame.success(response as z.ZodType),
          ...(responseExample !== undefined && {
            example: { code: 0, msg: "success", ok: true, data: responseExample },
          }),
        },
      },
    };
  }
  for (const raw of [
    ...(Array.isArray(response) ? response : []),
    ...(operation.otherResponses ?? []),
  ] as RawResponse[]) {
    const status = String(raw.status ?? 200);
    const known = responses[status];
    const content = raw.content && known && "content" in known ? { ...known.content, ...raw.content } : raw.content;
    responses[status] = {
      description: raw.description,
      headers: headersOf(raw.headers ?? [], operation),
      ...(content && { content }),
    };
  }
  return responses;
}

function errorResponses(operation: Operation, { error }: Frame): Responses {
  const byStatus = new Map<number, number[]>();
  const codes = new Set([...COMMON_ERRORS[operation.audience], ...(operation.errors ?? [])]);
  // A body is read and bounded also where it must have no fields.
  if (operation.audience !== "everyone" && ["post", "put", "patch"].includes(operation.method))
    codes.add(30001).add(70006);
  // What bounds a body also bounds its form.
  if (codes.has(70006)) codes.add(70008);
  for (const code of [...codes].sort((a, b) => a - b)) {
    for (const status of statusOf(code).statuses) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Responses = {};
  for (const [status, own] of [...byStatus].sort(([a], [b]) => a - b)) {
    const waits = status === 429 || status === 503;
    responses[String(status)] = {
      description: own.map((code) => `\`${code}\` ${statusOf(code).message}`).join("; "),
      headers: headersOf(waits ? ["Retry-After"] : [], operation),
      content: { "application/json": { schema: error } },
    };
  }
  return responses;
}
