/** A schema as a list of fields, each with its type, its bounds and what it means. */
import { html } from "hono/html";
import type { Html } from "../../src/html/document.ts";
import type { OpenApiDocument } from "../parts.ts";
import { inline } from "./markdown.ts";
import { resolve, type SchemaNode } from "./reader.ts";

const MOST_LEVELS = 4;

interface Field {
  readonly name: string;
  readonly schema: SchemaNode;
  readonly required: boolean;
}

/** @returns the fields of an object's schema; of several alternatives, one list each */
export function fieldsOf(document: OpenApiDocument, schema: SchemaNode, level = 0): Html | null {
  const { node } = resolve(document, schema);
  if (level >= MOST_LEVELS) return null;
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives) {
    return html`${alternatives.map((one) => {
      const { name } = resolve(document, one);
      const fields = fieldsOf(document, one, level + 1);
      return (
        fields &&
        html`<details class="nested" ${level === 0 && "open"}><summary>${readable(name) ?? "Alternative"}</summary>${fields}</details>`
      );
    })}`;
  }
  if (node.items) return fieldsOf(document, node.items, level);
  if (!node.properties) return null;
  const required = new Set(node.required);
  const fields = Object.entries(node.properties).map(
    ([name, schema]): Field => ({ name, schema, required: required.has(name) }),
  );
  return fieldList(document, fields, level);
}

/** @returns one entry a field */
export function fieldList(document: OpenApiDocument, fields: readonly Field[], level = 0): Html {
  return html`<ul class="fields">${fields.map((field) => {
    const { node } = resolve(document, field.schema);
    const nested = fieldsOf(document, field.schema, level + 1);
    const note = field.schema.description ?? node.description;
    return html`<li>
<div class="field-head"><code>${field.name}</code> <span class="field-type">${typeText(document, field.schema)}</span>${
      field.required && html` <span class="field-required">required</span>`
    }</div>
${note && html`<div class="field-note">${inline(note)}</div>`}
${nested && html`<details class="nested"><summary>Fields</summary>${nested}</details>`}
</li>`;
  })}</ul>`;
}

/** @returns `integer · 1 to 100 · default 20`, and the like */
function typeText(document: OpenApiDocument, schema: SchemaNode): string {
  const { name, node } = resolve(document, schema);
  const types = node.type === undefined ? [] : typeof node.type === "string" ? [node.type] : node.type;
  const parts = [readable(name) ?? (types.length > 0 ? types.filter((type) => type !== "null").join(" or ") : "any")];
  if (node.items) parts[0] = `list of ${typeText(document, node.items)}`;
  if (types.includes("null")) parts[0] += " or null";
  if (node.format && node.format !== "int64") parts.push(node.format);
  const values = node.enum?.filter((value) => value !== null);
  if (values && values.length > 0) parts.push(values.map(String).join(", "));
  const { minimum, maximum } = node;
  const bounds = [minimum, maximum].map((bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER);
  if (bounds[0] && bounds[1]) parts.push(`${minimum} to ${maximum}`);
  else if (bounds[0]) parts.push(`from ${minimum}`);
  else if (bounds[1]) parts.push(`up to ${maximum}`);
  if (node.maxLength !== undefined) parts.push(`at most ${node.maxLength} characters`);
  if (node.maxItems !== undefined) parts.push(`at most ${node.maxItems}`);
  if (node.default !== undefined) parts.push(`default ${String(node.default)}`);
  return parts.join(" · ");
}

/** `ImageRequest` → `Image request`. */
function readable(name: string | null): string | null {
  if (name === null) return null;
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
