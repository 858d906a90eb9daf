/** Corrects what the generator writes into schemas and cannot be configured. */
import type { OpenApiDocument } from "./parts.ts";

interface Node {
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

/**
 * Removes the bounds of JSON's own integers, which mean nothing to a reader, and adds null to the values of nullable enums,
 * because JSON Schema does not allow null otherwise. In place.
 *
 * @returns the document
 */
export function tidy(document: OpenApiDocument): OpenApiDocument {
  visit(document);
  return document;
}

function visit(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const node = value as Node;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  const { enum: values, type } = node;
  if (Array.isArray(values) && Array.isArray(type) && type.includes("null") && !values.includes(null))
    values.push(null);
  for (const inner of Object.values(value)) visit(inner);
}
