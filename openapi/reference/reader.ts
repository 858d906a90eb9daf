/** The document as the reference page reads it: the fields it needs, references resolved. */
import type { OpenApiDocument } from "../parts.ts";

/** A JSON Schema in the document, as far as the page reads it. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly additionalProperties?: SchemaNode | boolean;
}

/** A parameter of an operation in the document. */
export interface ParameterNode {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: SchemaNode;
  readonly example?: unknown;
}

/** A body of one media type in the document. */
export interface MediaNode {
  readonly schema?: SchemaNode;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value?: unknown }>>;
}

/** A response in the document. */
export interface ResponseNode {
  readonly description?: string;
  readonly content?: Readonly<Record<string, MediaNode>>;
}

/** An operation in the document. */
export interface OperationNode {
  readonly method: string;
  /** The path, or an event's type. */
  readonly path: string;
  readonly isEvent: boolean;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Names of security schemes, any of which will do. */
  readonly security: readonly string[];
  readonly parameters: readonly ParameterNode[];
  readonly body: { readonly required: boolean; readonly content: Readonly<Record<string, MediaNode>> } | null;
  readonly responses: readonly (readonly [status: string, response: ResponseNode])[];
}

interface RawOperation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly ParameterNode[];
  readonly requestBody?: { readonly required?: boolean; readonly content?: Readonly<Record<string, MediaNode>> };
  readonly responses?: Readonly<Record<string, ResponseNode>>;
}

/** @returns all calls, then all events, in the document's order */
export function readOperations(document: OpenApiDocument): OperationNode[] {
  const read = (entries: Readonly<Record<string, object>>, isEvent: boolean) =>
    Object.entries(entries).flatMap(([path, item]) =>
      Object.entries(item as Record<string, RawOperation>).map(([method, raw]) =>
        readOperation(path, method, raw, isEvent),
      ),
    );
  return [...read(document.paths ?? {}, false), ...read(document.webhooks ?? {}, true)];
}

function readOperation(path: string, method: string, raw: RawOperation, isEvent: boolean): OperationNode {
  return {
    method,
    path,
    isEvent,
    operationId: raw.operationId ?? path,
    tag: raw.tags?.[0] ?? "",
    summary: raw.summary ?? "",
    description: raw.description ?? "",
    security: (raw.security ?? []).flatMap((one) => Object.keys(one)),
    parameters: raw.parameters ?? [],
    body: raw.requestBody
      ? { required: raw.requestBody.required === true, content: raw.requestBody.content ?? {} }
      : null,
    responses: Object.entries(raw.responses ?? {}),
  };
}

/** @returns the schema that a reference names, with that name; other schemas as they are */
export function resolve(
  document: OpenApiDocument,
  node: SchemaNode,
): { readonly name: string | null; readonly node: SchemaNode } {
  if (node.$ref === undefined) return { name: null, node };
  const name = node.$ref.replace("#/components/schemas/", "");
  const schemas = document.components?.schemas as Readonly<Record<string, SchemaNode>> | undefined;
  return { name, node: schemas?.[name] ?? {} };
}
