/** The table of contents: middleware in order, every route, and the one place that writes an error. */
import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { respond } from "./answer.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { type ApiError, apiError, errorEnvelope, GatewayError } from "./errors.ts";
import { logEvent } from "./lib/log.ts";
import { PartitionedRouter } from "./lib/partitioned-router.ts";
import { authenticate, authenticateOperator } from "./middleware/authenticate.ts";
import { configured } from "./middleware/configured.ts";
import { apiCors } from "./middleware/cors.ts";
import { operatorLimit } from "./middleware/operator-limit.ts";
import { requestId } from "./middleware/request-id.ts";
import { accountRoutes } from "./routes/account.ts";
import { consoleRoutes } from "./routes/console.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { serveResult } from "./routes/files.ts";
import { keyRoutes } from "./routes/keys.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { metrics } from "./routes/metrics.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { portalLinkRoutes, portalRoutes } from "./routes/portal.ts";
import { portalApiRoutes } from "./routes/portal-api.ts";
import { staticRoutes } from "./routes/static.ts";
import { nothingHere, taskRoutes } from "./routes/tasks.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { serveReference, uploadRoutes } from "./routes/uploads.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ router: new PartitionedRouter(() => new RegExpRouter()) });
  app.use(requestId());
  app.use(configured());

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.route("/", documentationRoutes());
  app.route("/", staticRoutes());
  app.route("/", consoleRoutes());
  app.route("/portal/api", portalApiRoutes());
  app.route("/", portalRoutes());
  app.all("/files/*", serveResult);
  app.all("/uploads/*", serveReference);

  app.use("/api/v1/*", apiCors());
  app.use("/api/v1/*", authenticate());
  app.route("/api/v1", taskRoutes());
  app.route("/api/v1", uploadRoutes());
  app.route("/api/v1", accountRoutes());
  app.route("/api/v1", webhookRoutes());
  app.all("/api/v1/*", nothingHere);

  const operator = [authenticateOperator(), operatorLimit()] as const;
  app.use("/admin/v1/*", ...operator);
  app.route("/admin/v1", tenantRoutes());
  app.route("/admin/v1", keyRoutes());
  app.route("/admin/v1", portalLinkRoutes());
  app.route("/admin/v1", ledgerRoutes());
  app.route("/admin/v1", overviewRoutes());
  app.get("/metrics", ...operator, metrics);

  app.notFound((c) => writeError(c, apiError(40002, "There is nothing at this address")));
  app.onError((error, c) => writeError(c, error instanceof GatewayError ? error.error : unexpected(error, c)));
  return app;
}

/** What nobody foresaw: a fixed message outside, the detail in the log under the request's id. */
function unexpected(error: Error, c: AppContext): ApiError {
  const overloaded = "overloaded" in error && error.overloaded === true;
  logEvent(overloaded ? "warn" : "error", "unexpected", {
    requestId: c.get("requestId"),
    name: error.name,
    message: error.message,
    stack: error.stack,
  });
  return apiError(10001, undefined, { retryAfterSeconds: overloaded ? 2 : 1 });
}

function writeError(c: AppContext, reason: ApiError): Response {
  const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-store" };
  if (reason.retryAfterSeconds !== undefined) headers["retry-after"] = String(reason.retryAfterSeconds);
  if (reason.status === 401) headers["www-authenticate"] = "Bearer";
  return respond(c, errorEnvelope(reason), reason.status, headers);
}
