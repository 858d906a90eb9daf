/** The operator's own webhook endpoint (contract sections 6 and 9). */
import { type AppContext, type AppRoutes, directoryOf, WEBHOOK_CALL_MS } from "../context.ts";
import { check } from "../schemas/check.ts";
import { NoFields } from "../schemas/fields.ts";
import { PutOperatorWebhook, withAllowedUrl } from "../schemas/webhook.ts";
import { actorOf, checkedValue, readBody, successful } from "./operator.ts";
import { readJsonBody } from "./support/body.ts";
import { respond } from "./support/responses.ts";
import { endpointRules } from "./webhooks.ts";

/** Adds the routes of the operator's webhook endpoint. */
export function addOperatorWebhookRoutes(routes: AppRoutes): void {
  routes.put("/webhook", put);
  routes.get("/webhook", async (c) => respondOrThrow(c, await directoryOf(c).operatorWebhook()));
  routes.delete("/webhook", async (c) => respondOrThrow(c, await directoryOf(c).deleteOperatorWebhook(actorOf(c))));
  routes.post("/webhook/rotate", async (c) => {
    await readBody(c, NoFields(), true);
    return respondOrThrow(c, await directoryOf(c).rotateOperatorWebhook(actorOf(c)));
  });
  routes.post("/webhook/test", async (c) => {
    await readBody(c, NoFields(), true);
    return respondOrThrow(c, await directoryOf(c, WEBHOOK_CALL_MS).testOperatorWebhook());
  });
}

async function put(c: AppContext): Promise<Response> {
  const body = checkedValue(await readJsonBody(c));
  const wanted = checkedValue(withAllowedUrl(check(PutOperatorWebhook(), body), endpointRules(c)));
  return respondOrThrow(c, await directoryOf(c).putOperatorWebhook(wanted, actorOf(c)));
}

/** Responds with the Directory's result. @throws GatewayError for an error */
function respondOrThrow(c: AppContext, done: object): Response {
  return respond(c, successful(done));
}
