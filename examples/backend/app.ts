/** A shop's backend on Hono, for Workers, Node and Bun: hands its page client tokens and receives the gateway's webhooks. */
import { Hono } from "hono";
import { Paddock, verifyWebhook, type WebhookEvent, WebhookVerificationError } from "paddock-client";

/** What the shop has of its own. */
export interface Shop {
  /** URL of the gateway. */
  readonly paddockUrl: string;
  /** A secret key with the scope `tokens`. */
  readonly paddockKey: string;
  /** The secret of the webhook endpoint (`whsec_…`), or two during a rotation. */
  readonly webhookSecret: () => string | readonly string[];
  /** Origin of the shop's page. */
  readonly pageOrigin: string;
  /** The signed-in user of a request; null: nobody. */
  readonly userOf: (request: Request) => string | null;
  /** Stores an event. Returns false if this id was stored before: an event may arrive more than once. */
  readonly store: (webhookId: string, event: WebhookEvent) => Promise<boolean>;
}

/** Largest webhook that is read, in bytes. */
const MAX_WEBHOOK_BYTES = 1024 * 1024;

/** Returns the backend: `POST /paddock-token` for the page, `POST /paddock-webhook` for the gateway. */
export function createBackend(shop: Shop): Hono {
  const paddock = new Paddock({ baseUrl: shop.paddockUrl, credential: shop.paddockKey });
  const app = new Hono();

  app.post("/paddock-token", async ({ req, json }) => {
    const user = shop.userOf(req.raw);
    if (user === null) return json({ error: "Sign in first" }, 401);
    const { token, expiresAt } = await paddock.createClientToken({
      endUser: user,
      expiresInSeconds: 600,
      maxTasks: 5,
      allowedOrigins: [shop.pageOrigin],
    });
    return json({ token, expiresAt, baseUrl: shop.paddockUrl }, 200, { "cache-control": "no-store" });
  });

  app.post("/paddock-webhook", async ({ req, body, text }) => {
    if (Number(req.header("content-length") ?? Number.POSITIVE_INFINITY) > MAX_WEBHOOK_BYTES)
      return text("Too large", 413);
    try {
      // The signature is over the bytes as they came.
      const event = await verifyWebhook(await req.arrayBuffer(), req.raw.headers, shop.webhookSecret());
      await shop.store(req.header("webhook-id") ?? "", event);
      return body(null, 204);
    } catch (error) {
      if (error instanceof WebhookVerificationError) return text(error.message, 400);
      throw error;
    }
  });
  return app;
}
