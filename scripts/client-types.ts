/**
 * Writes packages/client/src/schema.ts: the types of the client, from the zod schemas that validate requests and describe responses.
 * So that no zod is shipped, they are printed as plain TypeScript. `node scripts/client-types.ts` (part of `build:client`).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { REPOSITORY } from "./gateway-process.ts";

/** Path of the generated types of the client. */
export const CLIENT_SCHEMA = join(REPOSITORY, "packages/client/src/schema.ts");

const HEADER = `/**
 * Requests and responses of the gateway. Made from its zod schemas by scripts/client-types.ts: change those, not this file.
 */
`;

/** JSON Schema, as far as the printer reads it. */
interface Node {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly format?: string;
  readonly description?: string;
}

/** The API document, as far as it is read here. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Node>> };
}

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Node;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Node }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Node }>> }>
  >;
}

/** What is taken from the Worker's sources. */
interface Sources {
  readonly MODELS: readonly { readonly name: string; readonly medium: string; readonly types: readonly string[] }[];
  GenerateRequest(): z.core.$ZodType;
  CreateClientToken(): z.core.$ZodType;
  fullSchema(schema: z.core.$ZodType): z.ZodType;
  responses(): {
    readonly task: { readonly shape: { readonly results: { readonly element: z.ZodType } } } & z.ZodType;
  } & Record<"submission" | "estimate" | "upload" | "account" | "usage" | "models" | "clientToken", z.ZodType>;
  openApiDocument(): Document;
}

/** At run time and not by import statements: those sources are checked with the platform's types, this file with Node's. */
async function loadSources(): Promise<Sources> {
  const files = [
    "src/domain/catalogue",
    "src/schemas/generate",
    "src/schemas/account",
    "openapi/responses/all",
    "openapi/document",
    "openapi/full-schema",
  ];
  const modules = files.map((file) => import(join(REPOSITORY, `${file}.ts`)) as Promise<object>);
  return Object.assign({}, ...(await Promise.all(modules))) as Sources;
}

/** @returns the text of packages/client/src/schema.ts */
export async function clientSchema(): Promise<string> {
  const sources = await loadSources();
  const [image, video] = (sources.fullSchema(sources.GenerateRequest()) as z.ZodUnion<[z.ZodObject, z.ZodObject]>)
    .options;
  const { task, submission, estimate, upload, account, usage, models, clientToken } = sources.responses();
  const requests = schemasOf("input", {
    ImageRequest: withLiterals(image, sources, "image"),
    VideoRequest: withLiterals(video, sources, "video"),
    ClientTokenRequest: sources.fullSchema(sources.CreateClientToken()),
  });
  const shown = schemasOf("output", {
    TaskResult: task.shape.results.element,
    Task: task,
    Submission: submission,
    Estimate: estimate,
    UploadedFile: upload,
    Account: account,
    Usage: usage,
    Models: models,
    ClientToken: clientToken,
  });
  const document = sources.openApiDocument();
  const documented = document.components.schemas;
  const declaration = (name: string, node: Node, isRequest: boolean) => {
    const told = documented[name === "ClientTokenRequest" ? "CreateClientToken" : name] ?? {};
    return `\nexport interface ${name} ${new Printer(isRequest).print(node, told, "")}\n`;
  };
  return [
    HEADER,
    ...Object.entries(requests).map(([name, node]) => declaration(name, node, true)),
    "\nexport type GenerateRequest = ImageRequest | VideoRequest;\n",
    ...Object.entries(shown).map(([name, node]) => declaration(name, node, false)),
    operationTypes(document, new Set([...Object.keys(requests), ...Object.keys(shown), "GenerateRequest"])),
  ].join("");
}

/** @returns the interface `Operations`, one property for each call of the API in JSON, and the shapes that it names */
function operationTypes({ paths, components }: Document, declared: ReadonlySet<string>): string {
  const shapes = new Map<string, boolean>();
  const print = (node: Node, isRequest: boolean, indent: string) => {
    noteShapes(node, isRequest);
    return new Printer(isRequest).print(node, node, indent);
  };
  const noteShapes = (node: Node, isRequest: boolean): void => {
    for (const [, name = ""] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const shape = components.schemas[name];
      if (!shape || declared.has(name) || shapes.has(name)) continue;
      shapes.set(name, isRequest);
      noteShapes(shape, isRequest);
    }
  };
  const lines = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const data = operation.responses["200"]?.content?.["application/json"]?.schema.properties?.data;
      const body = operation.requestBody?.content["application/json"]?.schema;
      // Streams, files and forms have calls of their own.
      if (!data || (operation.requestBody && !body)) return [];
      const parameters = (place: string) => {
        const properties = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === place)
          .map(({ name, schema, description }): [string, Node] => [
            quoted(name),
            { ...schema, ...(description ? { description } : {}) },
          ]);
        const required = place === "path" ? properties.map(([name]) => name) : [];
        return properties.length === 0
          ? []
          : [[place, print({ type: "object", properties: Object.fromEntries(properties), required }, true, "    ")]];
      };
      const members = [
        ...parameters("path"),
        ...parameters("query"),
        ...(body ? [["body", print(body, true, "    ")]] : []),
        ["data", print(data, false, "    ")],
      ];
      const text = members.map(([name, type]) => `    ${name}: ${type};\n`).join("");
      return [`  /** ${operation.summary}. */\n  "${method.toUpperCase()} ${path}": {\n${text}  };\n`];
    }),
  );
  const declarations = [...shapes].map(([name, isRequest]) => {
    const shape = components.schemas[name] ?? {};
    const text = new Printer(isRequest).print(shape, shape, "");
    return text.startsWith("{") ? `\nexport interface ${name} ${text}\n` : `\nexport type ${name} = ${text};\n`;
  });
  return [
    ...declarations,
    "\n/** Calls of the API by method and path: parameters, body and the envelope's `data`. */\n",
    `export interface Operations {\n${lines.join("")}}\n`,
  ].join("");
}

function quoted(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}

function schemasOf(io: "input" | "output", named: Readonly<Record<string, z.ZodType>>): Record<string, Node> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  return z.toJSONSchema(registry, { io, unrepresentable: "any" }).schemas as Record<string, Node>;
}

/** Model and method as literals, so that a request's other members are checked against its own medium. */
function withLiterals(schema: z.ZodObject, { MODELS }: Sources, medium: string): z.ZodType {
  const models = MODELS.filter((model) => model.medium === medium);
  return schema.extend({
    model: z.enum(models.map(({ name }) => name)),
    type: z.enum([...new Set(models.flatMap(({ types }) => types))]),
  });
}

/** JSON Schema to TypeScript. */
class Printer {
  /** Lists in requests may be given as constants. */
  readonly #isRequest: boolean;

  constructor(isRequest: boolean) {
    this.#isRequest = isRequest;
  }

  /** @param told the same node in the OpenAPI document: its prose, and values that zod only knows as a function */
  print(node: Node, told: Node, indent: string): string {
    if (node.$ref) return node.$ref.replace(/^.*[/#]/, "");
    const types = Array.isArray(node.type) ? (node.type as string[]).map((type): Node => ({ ...node, type })) : null;
    const choices = node.anyOf ?? types;
    if (choices) return [...new Set(choices.map((choice) => this.print(choice, told, indent)))].join(" | ");
    if (node.allOf) return node.allOf.map((part) => this.print(part, part, indent)).join(" & ");
    const values = node.enum ?? (node.type === "string" ? told.enum?.filter((value) => value !== null) : undefined);
    if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
    if (node.const !== undefined) return JSON.stringify(node.const);
    if (node.type !== "null" && isLong(told)) return "number | bigint";
    switch (node.type) {
      case "null":
      case "string":
      case "boolean":
        return node.type;
      case "integer":
      case "number":
        return "number";
      case "array":
        return this.#array(this.print(node.items ?? {}, told.items ?? {}, indent));
      case "object":
        return this.#object(node, told, indent);
      default:
        return Object.keys(told).length > 0 ? this.print(told, {}, indent) : "unknown";
    }
  }

  #array(item: string): string {
    const list = / \| /.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
    return this.#isRequest ? `readonly ${list}` : list;
  }

  #object(node: Node, told: Node, indent: string): string {
    const inner = `${indent}  `;
    const further = node.additionalProperties;
    if (!node.properties || Object.keys(node.properties).length === 0) {
      return `Record<string, ${typeof further === "object" ? this.print(further, {}, indent) : "unknown"}>`;
    }
    const lines = Object.entries(node.properties).map(([name, property]) => {
      const note = told.properties?.[name] ?? {};
      const comment = note.description ? `${inner}/** ${note.description} */\n` : "";
      const type = this.print(property, note, inner);
      const member = node.required?.includes(name) ? `${name}: ${type}` : `${name}?: ${type} | undefined`;
      return `${comment}${inner}${member};\n`;
    });
    if (typeof further === "object") {
      lines.push(`${inner}/** What the gateway passes through. */\n${inner}[name: string]: unknown;\n`);
    }
    return `{\n${lines.join("")}${indent}}`;
  }
}

/** An integer that may be past 2^53. The gateway's own ids never are, as their description states. */
function isLong({ format, description }: Node): boolean {
  return format === "int64" && description?.includes("2^53") !== true;
}

if (import.meta.main) writeFileSync(CLIENT_SCHEMA, await clientSchema());
