/**
 * Writes client/src/schema.ts: the types of the client, from the zod schemas that validate requests and describe answers.
 * So that no zod is shipped, they are printed as plain TypeScript. `node scripts/client-types.ts` (part of `build:client`).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "@hono/zod-openapi";
import { type Medium, MODELS } from "../src/domain/catalogue.ts";
import { answers } from "../src/openapi/answers.ts";
import { openApiDocument } from "../src/openapi/document.ts";
import { CreateClientToken } from "../src/schemas/account.ts";
import { GenerateRequest } from "../src/schemas/generate.ts";
import { REPOSITORY } from "./gateway-process.ts";

export const CLIENT_SCHEMA = join(REPOSITORY, "client/src/schema.ts");

const HEADER = `/**
 * Requests and answers of the gateway. Made from its zod schemas by scripts/client-types.ts: change those, not this file.
 */
`;

/** JSON Schema, as far as the printer reads it. */
interface Node {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly format?: string;
  readonly description?: string;
}

/** Integers of the upstream that may be past 2^53; the gateway's own ids never are. */
const LONG = "number | bigint";

/** @returns the text of client/src/schema.ts */
export function clientSchema(): string {
  const registry = z.registry<{ id: string }>();
  const [image, video] = GenerateRequest.options;
  registry.add(image, { id: "ImageRequest" });
  registry.add(video, { id: "VideoRequest" });
  registry.add(GenerateRequest, { id: "GenerateRequest" });
  registry.add(CreateClientToken, { id: "ClientTokenRequest" });
  const requests = schemasOf(registry, "input");
  const shown = z.registry<{ id: string }>();
  const { task, submission, estimate, upload, account, usage, models, clientToken } = answers();
  // A result has no name in the registry of zod; it is the item of `results`.
  shown.add(task.shape.results.element, { id: "TaskResult" });
  for (const [id, schema] of Object.entries({
    Task: task,
    Submission: submission,
    Estimate: estimate,
    UploadedFile: upload,
    Account: account,
    Usage: usage,
    Models: models,
    ClientToken: clientToken,
  })) {
    shown.add(schema, { id });
  }
  const all = { ...requests, ...schemasOf(shown, "output") };
  return (
    HEADER +
    Object.entries(all)
      .map(([name, node]) => declaration(name, node))
      .join("")
  );
}

function schemasOf(registry: Parameters<typeof z.toJSONSchema>[0], io: "input" | "output"): Record<string, Node> {
  const { schemas } = z.toJSONSchema(registry as never, { io, unrepresentable: "any" }) as unknown as {
    schemas: Record<string, Node>;
  };
  return schemas;
}

/** The same schema in the OpenAPI document, which has its prose, and values that zod only knows as a function. */
function documented(name: string): Node {
  const known = openApiDocument().components?.schemas?.[name === "ClientTokenRequest" ? "CreateClientToken" : name];
  return (known ?? {}) as Node;
}

function declaration(name: string, node: Node): string {
  const medium = name === "ImageRequest" ? "image" : name === "VideoRequest" ? "video" : null;
  const properties = medium === null ? node.properties : { ...node.properties, ...literals(medium) };
  if (!properties) return `\nexport type ${name} = ${print(node, {}, "")};\n`;
  return `\nexport interface ${name} ${print({ ...node, properties }, documented(name), "")}\n`;
}

/** Model and method as literals, so that a request's other members are checked against its own medium. */
function literals(medium: Medium): Record<string, Node> {
  const models = MODELS.filter((model) => model.medium === medium);
  return {
    model: { enum: models.map(({ name }) => name) },
    type: { enum: [...new Set(models.flatMap(({ types }) => types))] },
  };
}

/** @param told the same node in the OpenAPI document */
function print(node: Node, told: Node, indent: string): string {
  if (node.$ref) return node.$ref.replace(/^.*[/#]/, "");
  const choices =
    node.anyOf ?? (Array.isArray(node.type) ? node.type.map((type: string) => ({ ...node, type })) : null);
  if (choices) {
    const members = choices.map((member: Node) => print(member, told, indent));
    return [...new Set(members)].join(" | ");
  }
  const values = node.enum ?? (node.type === "string" ? told.enum?.filter((value) => value !== null) : undefined);
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.type !== "null" && told.format === "int64" && told.description?.includes("2^53") !== true) return LONG;
  switch (node.type) {
    case "null":
    case "string":
    case "boolean":
      return node.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return arrayOf(print(node.items ?? {}, told.items ?? {}, indent));
    case "object":
      return printObject(node, told, indent);
    default:
      return Object.keys(told).length > 0 ? print(told, {}, indent) : "unknown";
  }
}

function arrayOf(item: string): string {
  return / \| /.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function printObject(node: Node, told: Node, indent: string): string {
  const inner = `${indent}  `;
  const further = node.additionalProperties;
  if (!node.properties || Object.keys(node.properties).length === 0) {
    return `Record<string, ${typeof further === "object" ? print(further, {}, indent) : "unknown"}>`;
  }
  const lines = Object.entries(node.properties).map(([name, property]) => {
    const note = told.properties?.[name] ?? {};
    const comment = note.description ? `${inner}/** ${note.description} */\n` : "";
    const required = node.required?.includes(name);
    const type = print(property, note, inner);
    return `${comment}${inner}${name}${required ? "" : "?"}: ${required ? type : `${type} | undefined`};\n`;
  });
  if (typeof further === "object") {
    lines.push(`${inner}/** What the gateway passes through. */\n${inner}[name: string]: unknown;\n`);
  }
  return `{\n${lines.join("")}${indent}}`;
}

if (import.meta.main) writeFileSync(CLIENT_SCHEMA, clientSchema());
