/** The table of contents: middleware in order, every route, and the only place that writes an error response. */
import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";
import type { AppContext, AppEnv, AppRoutes } from "./context.ts";
import { type ApiError, apiError, CODES, errorEnvelope, GatewayError } from "./errors.ts";
import { allowedMethods } from "./lib/allowed-methods.ts";
import { apiPath } from "./lib/api-path.ts";
import { logEvent } from "./lib/log.ts";
import { isMethodMissing } from "./lib/missing-method.ts";
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
import { addAccountRoutes } from "./routes/account.ts";
import { addBrandingRoutes, addBrandRoutes } from "./routes/branding.ts";
import { addClientTokenRoutes } from "./routes/client-tokens.ts";
import { addConsoleRoutes } from "./routes/console.ts";
import { addDocumentationRoutes } from "./routes/documentation.ts";
import { addEndUserRoutes } from "./routes/end-users.ts";
import { serveResult } from "./routes/files.ts";
import { addHomeRoutes } from "./routes/home.ts";
import { addKeyRoutes } from "./routes/keys.ts";
import { addLedgerRoutes } from "./routes/ledger.ts";
import { addMarginRoutes } from "./routes/margins.ts";
import { addMcpRoutes } from "./routes/mcp.ts";
import { metrics } from "./routes/metrics.ts";
import { isOpenAi, sendOpenAiError } from "./routes/openai/errors.ts";
import { addOpenAiRoutes } from "./routes/openai/routes.ts";
import { addOperatorWebhookRoutes } from "./routes/operator-webhook.ts";
import { addOperatorRoutes } from "./routes/operators.ts";
import { addOverviewRoutes } from "./routes/overview.ts";
import { addPortalRoutes } from "./routes/portal.ts";
import { addPortalApiRoutes } from "./routes/portal-api.ts";
import { addOwnPortalLinkRoutes, addPortalLinkRoutes } from "./routes/portal-links.ts";
import { addRecoveryRoutes } from "./routes/recovery.ts";
import { addSearchRoutes } from "./routes/search.ts";
import { addStaticRoutes } from "./routes/static.ts";
import { deploymentError } from "./routes/support/require-honored.ts";
import { rejectAfterCheck } from "./routes/support/responses.ts";
import { unavailableError, unknownOutcome } from "./routes/support/tenant-object.ts";
import { addTaskRoutes } from "./routes/tasks.ts";
import { addTenantPeopleRoutes } from "./routes/tenant-people.ts";
import { addTenantSummaryRoutes } from "./routes/tenant-summaries.ts";
import { addTenantWebhookRoutes } from "./routes/tenant-webhook.ts";
import { addTenantRoutes } from "./routes/tenants.ts";
import { addPartsUploadRoutes, addSignedUploadRoutes } from "./routes/upload-parts.ts";
import { addUploadRoutes, serveReference } from "./routes/uploads.ts";
import { addWebhookRoutes } from "./routes/webhooks.ts";
import { sendEnvelope } from "./send-envelope.ts";

/** Returns the whole Worker: middleware in order, every route, errors. */
export function createApp(): AppRoutes {
  const app = new HonoBase<AppEnv>({ getPath: apiPath, router: new TrieRouter() });
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
  addHomeRoutes(app);
  addDocumentationRoutes(app);
  addStaticRoutes(app);
  addBrandRoutes(app);
  addConsoleRoutes(app);
  addPortalApiRoutes(app.basePath("/portal/t/:tenantId/api"));
  addPortalRoutes(app);
  app.all("/files/*", (c) => serveResult(c));
  app.all("/uploads/*", serveReference);

  app.use("/mcp", apiCors());
  app.use("/mcp", authenticate());
  addMcpRoutes(app, (c, request) => app.fetch(request, c.env, c.executionCtx));

  const api = app.basePath("/api/v1");
  app.use("/api/v1/*", apiCors());
  addSignedUploadRoutes(api);
  app.use("/api/v1/*", authenticate());
  addTaskRoutes(api);
  addUploadRoutes(api);
  addPartsUploadRoutes(api);
  addAccountRoutes(api);
  addClientTokenRoutes(api);
  addEndUserRoutes(api);
  addWebhookRoutes(api);
  addOwnPortalLinkRoutes(api);
  app.all("/api/v1/*", (c) => rejectAfterCheck(c, nothingHere(c), "any"));

  app.use("/v1/*", apiCors());
  app.use("/v1/*", authenticate());
  addOpenAiRoutes(app.basePath("/v1"));
  app.all("/v1/*", (c) => rejectAfterCheck(c, nothingHere(c), "any"));

  const operator = [authenticateOperator(), operatorLimit(), authorizeOperator()] as const;
  app.use("/admin/v1/*", ...operator);
  const admin = app.basePath("/admin/v1");
  addTenantRoutes(admin);
  addTenantSummaryRoutes(admin);
  addKeyRoutes(admin);
  addTenantWebhookRoutes(admin);
  addPortalLinkRoutes(admin);
  addTenantPeopleRoutes(admin);
  addLedgerRoutes(admin);
  addOverviewRoutes(admin);
  addMarginRoutes(admin);
  addOperatorRoutes(admin);
  addSearchRoutes(admin);
  addRecoveryRoutes(admin);
  addOperatorWebhookRoutes(admin);
  addBrandingRoutes(admin);
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
  if (isMethodMissing(error)) return deploymentError();
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
