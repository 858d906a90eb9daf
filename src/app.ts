/** The table of contents: middleware in order, every route, and the only place that writes an error response. */
import { Hono } from "hono/quick";
import type { AppContext, AppEnv } from "./context.ts";
import { type ApiError, apiError, CODES, errorEnvelope, GatewayError } from "./errors.ts";
import { allowedMethods } from "./lib/allowed-methods.ts";
import { apiPath } from "./lib/api-path.ts";
import { logEvent } from "./lib/log.ts";
import { LateError } from "./lib/time-limit.ts";
import { countProblem } from "./metrics/isolate-counters.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { authenticateOperator, authorizeOperator } from "./middleware/authenticate-operator.ts";
import { configured } from "./middleware/configured.ts";
import { apiCors } from "./middleware/cors.ts";
import { countRequests } from "./middleware/count-requests.ts";
import { operatorLimit } from "./middleware/operator-limit.ts";
import { requestId, whoAndWhat } from "./middleware/request-id.ts";
import { discardUnreadBody } from "./middleware/unread-body.ts";
import { accountRoutes } from "./routes/account.ts";
import { brandingRoutes, brandRoutes } from "./routes/branding.ts";
import { clientTokenRoutes } from "./routes/client-tokens.ts";
import { consoleRoutes } from "./routes/console.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { endUserRoutes } from "./routes/end-users.ts";
import { serveResult } from "./routes/files.ts";
import { homeRoutes } from "./routes/home.ts";
import { keyRoutes } from "./routes/keys.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { marginRoutes } from "./routes/margins.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { metrics } from "./routes/metrics.ts";
import { isOpenAi, sendOpenAiError } from "./routes/openai/errors.ts";
import { openAiRoutes } from "./routes/openai/routes.ts";
import { operatorWebhookRoutes } from "./routes/operator-webhook.ts";
import { operatorRoutes } from "./routes/operators.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { portalRoutes } from "./routes/portal.ts";
import { portalApiRoutes } from "./routes/portal-api.ts";
import { ownPortalLinkRoutes, portalLinkRoutes } from "./routes/portal-links.ts";
import { recoveryRoutes } from "./routes/recovery.ts";
import { searchRoutes } from "./routes/search.ts";
import { staticRoutes } from "./routes/static.ts";
import { rejectAfterCheck } from "./routes/support/responses.ts";
import { unavailableError, unknownOutcome } from "./routes/support/tenant-object.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { tenantPeopleRoutes } from "./routes/tenant-people.ts";
import { tenantSummaryRoutes } from "./routes/tenant-summaries.ts";
import { tenantWebhookRoutes } from "./routes/tenant-webhook.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { partsUploadRoutes, signedUploadRoutes } from "./routes/upload-parts.ts";
import { serveReference, uploadRoutes } from "./routes/uploads.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { sendEnvelope } from "./send-envelope.ts";

/** Returns the whole Worker: middleware in order, every route, errors. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: apiPath });
  const methodsOf = allowedMethods(app.routes);
  const nothingHere = (c: AppContext): ApiError => {
    const methods = methodsOf(c.req.path);
    if (methods.length === 0 || methods.includes(c.req.method)) {
      return apiError(40002, `This path does not exist${hintFor(c)}`);
    }
    c.header("allow", methods.join(", "));
    return apiError(70007, `This path accepts ${methods.join(", ")}`);
  };
  app.use(discardUnreadBody());
  app.use(requestId());
  app.use(countRequests());
  app.use(configured());

  app.get("/healthz", (c) => c.json({ status: "ok" }, 200, { "cache-control": "no-store" }));
  app.route("/", homeRoutes());
  app.route("/", documentationRoutes());
  app.route("/", staticRoutes());
  app.route("/", brandRoutes());
  app.route("/", consoleRoutes());
  app.route("/portal/t/:tenantId/api", portalApiRoutes());
  app.route("/", portalRoutes());
  app.all("/files/*", (c) => serveResult(c));
  app.all("/uploads/*", serveReference);

  app.use("/mcp", apiCors());
  app.use("/mcp", authenticate());
  app.route(
    "/",
    mcpRoutes((c, request) => app.fetch(request, c.env, c.executionCtx)),
  );

  app.use("/api/v1/*", apiCors());
  app.route("/api/v1", signedUploadRoutes());
  app.use("/api/v1/*", authenticate());
  app.route("/api/v1", taskRoutes());
  app.route("/api/v1", uploadRoutes());
  app.route("/api/v1", partsUploadRoutes());
  app.route("/api/v1", accountRoutes());
  app.route("/api/v1", clientTokenRoutes());
  app.route("/api/v1", endUserRoutes());
  app.route("/api/v1", webhookRoutes());
  app.route("/api/v1", ownPortalLinkRoutes());
  app.all("/api/v1/*", (c) => rejectAfterCheck(c, nothingHere(c), "any"));

  app.use("/v1/*", apiCors());
  app.use("/v1/*", authenticate());
  app.route("/v1", openAiRoutes());
  app.all("/v1/*", (c) => rejectAfterCheck(c, nothingHere(c), "any"));

  const operator = [authenticateOperator(), operatorLimit(), authorizeOperator()] as const;
  app.use("/admin/v1/*", ...operator);
  app.route("/admin/v1", tenantRoutes());
  app.route("/admin/v1", tenantSummaryRoutes());
  app.route("/admin/v1", keyRoutes());
  app.route("/admin/v1", tenantWebhookRoutes());
  app.route("/admin/v1", portalLinkRoutes());
  app.route("/admin/v1", tenantPeopleRoutes());
  app.route("/admin/v1", ledgerRoutes());
  app.route("/admin/v1", overviewRoutes());
  app.route("/admin/v1", marginRoutes());
  app.route("/admin/v1", operatorRoutes());
  app.route("/admin/v1", searchRoutes());
  app.route("/admin/v1", recoveryRoutes());
  app.route("/admin/v1", operatorWebhookRoutes());
  app.route("/admin/v1", brandingRoutes());
  app.use("/metrics", ...operator);
  app.get("/metrics", metrics);

  app.notFound((c) => writeError(c, nothingHere(c)));
  app.onError((error, c) => writeError(c, error instanceof GatewayError ? error.error : unexpected(error, c)));
  return app;
}

/** Returns what a client of OpenAI should know about a path that does not exist. */
function hintFor(c: AppContext): string {
  if (isOpenAi(c)) return ": /v1 has images/generations, images/edits, videos and models";
  const lacksV1 = /^(\/api\/v1)?\/(images|videos|models)(\/|$)/.test(c.req.path);
  return lacksV1 ? ": the base URL of an OpenAI client ends in /v1" : "";
}

/**
 * Returns the response to an unexpected error: a fixed message for the caller, the detail in the log under the
 * request's id.
 */
function unexpected(error: Error, c: AppContext): ApiError {
  if (error instanceof LateError) {
    logEvent("warn", "late", { requestId: c.get("requestId"), ...whoAndWhat(c), error: error.message });
    return unavailableError(c).error;
  }
  countProblem("unexpected");
  const overloaded = "overloaded" in error && error.overloaded === true;
  logEvent(overloaded ? "warn" : "error", "unexpected", {
    requestId: c.get("requestId"),
    ...whoAndWhat(c),
    name: error.name,
    message: error.message,
    stack: error.stack,
  });
  return unknownOutcome(c, CODES[10001][1], overloaded ? 2 : 1);
}

function writeError(c: AppContext, reason: ApiError): Response {
  if (reason.retryAfterSeconds !== undefined) c.header("retry-after", String(reason.retryAfterSeconds));
  if (reason.status === 401) c.header("www-authenticate", "Bearer");
  if (isOpenAi(c)) return sendOpenAiError(c, reason);
  return sendEnvelope(c, errorEnvelope(reason), reason.status);
}
