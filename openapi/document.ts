/**
 * The OpenAPI 3.1 document, built by `npm run openapi` from the zod schemas that validate and from openapi/. The Worker
 * imports nothing of it. A test compares the document with the app's routes.
 */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import * as z from "zod";
import repository from "../package.json" with { type: "json" };
import { once } from "../src/lib/once.ts";
import { introduction } from "./introduction.ts";
import { describe, type Operation } from "./operation.ts";
import { accountOperations } from "./operations/account.ts";
import { brandingOperations } from "./operations/branding.ts";
import { endUserOperations } from "./operations/end-users.ts";
import { fileOperations } from "./operations/files.ts";
import { keyOperations } from "./operations/keys.ts";
import { insightOperations, moneyOperations } from "./operations/money.ts";
import { openAiOperations } from "./operations/openai.ts";
import { operatorWebhookOperations } from "./operations/operator-webhook.ts";
import { operatorOperations } from "./operations/operators.ts";
import { serviceOperations } from "./operations/service.ts";
import { taskOperations } from "./operations/tasks.ts";
import { tenantPeopleOperations } from "./operations/tenant-people.ts";
import { tenantWebhookOperations } from "./operations/tenant-webhooks.ts";
import { tenantOperations } from "./operations/tenants.ts";
import { registerEvents, webhookOperations } from "./operations/webhooks.ts";
import { type OpenApiDocument, RESPONSE_HEADERS, type Readers, SECURITY_SCHEMES, TAGS } from "./parts.ts";
import { addQueryExamples } from "./query-examples.ts";
import { RESPONSE_EXAMPLES } from "./response-examples.ts";
import { responses } from "./responses/all.ts";
import { tidy } from "./tidy.ts";

/** @returns every operation that the document describes, grouped as it shows them */
export function operations(): Operation[] {
  const a = responses();
  return [
    ...taskOperations(a),
    ...fileOperations(a),
    ...accountOperations(a),
    ...endUserOperations(a),
    ...webhookOperations(a),
    ...tenantOperations(a),
    ...keyOperations(a),
    ...tenantWebhookOperations(a),
    ...tenantPeopleOperations(a),
    ...moneyOperations(a),
    ...insightOperations(a),
    ...operatorOperations(a),
    ...brandingOperations(a),
    ...operatorWebhookOperations(a),
    ...openAiOperations(),
    ...serviceOperations(),
  ].map((operation) => ({ responseExample: RESPONSE_EXAMPLES[operation.id], ...operation }));
}

function build(readers: Readers): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  for (const [name, header] of Object.entries(RESPONSE_HEADERS)) registry.registerComponent("headers", name, header);
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    if (readers === "tenant" && name === "operatorToken") continue;
    registry.registerComponent("securitySchemes", name, scheme);
  }
  const a = responses();
  const success = (data: z.ZodType) =>
    z.object({
      code: z.literal(0).describe("Always 0."),
      msg: z.string().describe("Always `success`."),
      ok: z.literal(true).describe("Always true."),
      data,
    });
  const shown = operations().filter(({ audience }) => readers === "operator" || audience !== "operator");
  for (const operation of shown) describe(registry, operation, { error: a.error, success });
  registerEvents(registry);
  // The events refer to the task by name, so the document needs it whether or not an operation returns it.
  const task = { type: "schema", schema: a.task } as const;
  const document = new OpenApiGeneratorV31([task, ...registry.definitions]).generateDocument({
    openapi: "3.1.0",
    // The version of the API is the package's; the API's path stays `/api/v1`.
    info: {
      title: "Paddock",
      version: repository.version,
      description: introduction(readers),
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "{gateway}",
        description: "This gateway, by its origin.",
        // Without a description: the first schema of OpenAPI 3.1, which validators still have, calls it `descriptions`.
        variables: { gateway: { default: "https://gateway.example" } },
      },
    ],
    tags: TAGS.filter(({ name }) => shown.some(({ tag }) => tag === name)).map((tag) => ({ ...tag })),
  });
  return addQueryExamples(tidy(document));
}

/** @returns the document of the whole API; the same object every time, not to be changed */
export const openApiDocument = once(() => build("operator"));

/** @returns the document without operator calls; the same object every time, not to be changed */
export const tenantDocument = once(() => build("tenant"));
