/** The pages of the console, and the entries of its navigation. A new page is one line in each. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { Route } from "../lib/router.ts";
import type { Section } from "../ui/frame.tsx";
import { usualPages } from "../ui/lazy.tsx";
import { OverviewPage } from "./overview.tsx";
import type { SignedIn } from "./sign-in.tsx";

const audit = usualPages(() => import("./audit.tsx"));
const branding = usualPages(() => import("./branding.tsx"));
const operators = usualPages(() => import("./operators.tsx"));
const prices = usualPages(() => import("./prices.tsx"));
const search = usualPages(() => import("./search-page.tsx"));
const task = usualPages(() => import("./task.tsx"));
const tenant = usualPages(() => import("./tenant.tsx"));
const tenants = usualPages(() => import("./tenants.tsx"));
const webhook = usualPages(() => import("./operator-webhook.tsx"));

/** Returns the routes; the first that fits is shown. */
export function consoleRoutes(api: Api, operator: SignedIn): readonly Route[] {
  return [
    { path: "/", section: "overview", show: () => startPage(api, operator) },
    { path: "/tenants", section: "tenants", show: () => tenants(({ TenantsPage }) => <TenantsPage api={api} />) },
    {
      path: "/tenants/:tenantId",
      section: "tenants",
      show: ({ tenantId = "" }) =>
        tenant(({ TenantPage }) => <TenantPage api={api} tenantId={tenantId} tab="summary" />),
    },
    {
      path: "/tenants/:tenantId/:tab",
      section: "tenants",
      show: ({ tenantId = "", tab = "" }) =>
        tenant(({ TenantPage }) => <TenantPage api={api} tenantId={tenantId} tab={tab} />),
    },
    {
      path: "/tenants/:tenantId/tasks/:taskId",
      section: "tenants",
      show: ({ tenantId = "", taskId = "" }) =>
        task(({ OperatorTaskPage }) => <OperatorTaskPage api={api} tenantId={tenantId} taskId={taskId} />),
    },
    { path: "/search", section: "search", show: () => search(({ SearchPage }) => <SearchPage api={api} />) },
    { path: "/prices", section: "prices", show: () => prices(({ PricesPage }) => <PricesPage api={api} />) },
    {
      path: "/operators",
      section: "operators",
      show: () =>
        operators(({ OperatorsPage }) => <OperatorsPage api={api} canManage={mayManageOperators(operator)} />),
    },
    {
      path: "/webhook",
      section: "webhook",
      show: () =>
        webhook(({ OperatorWebhookPage }) => (
          <OperatorWebhookPage api={api} readOnly={!mayManageOperators(operator)} />
        )),
    },
    {
      path: "/branding",
      section: "branding",
      show: () => branding(({ BrandingPage }) => <BrandingPage api={api} readOnly={!mayManageOperators(operator)} />),
    },
    { path: "/audit", section: "audit", show: () => audit(({ AuditPage }) => <AuditPage api={api} />) },
  ];
}

/** The overview; for an operator who may not read it, the first page that the scopes allow. */
function startPage(api: Api, operator: SignedIn) {
  const start = consoleSections(operator)[0]?.href ?? "#/";
  if (start === "#/") return <OverviewPage api={api} />;
  location.replace(start);
  return null;
}

const mayManageOperators = ({ isRoot, scopes }: SignedIn) => isRoot || scopes.includes("operators");

/** Returns the entries that an operator's scopes allow. */
export function consoleSections({ isRoot, scopes }: SignedIn): readonly Section[] {
  const all: readonly (Section & { readonly scopes: readonly string[] })[] = [
    { section: "overview", href: "#/", text: t("frame.overview"), icon: "overview", scopes: ["read"] },
    {
      section: "tenants",
      href: "#/tenants",
      text: t("frame.tenants"),
      icon: "tenants",
      scopes: ["read", "billing", "tenants"],
    },
    { section: "prices", href: "#/prices", text: t("frame.prices"), icon: "ledger", scopes: ["read", "billing"] },
    { section: "audit", href: "#/audit", text: t("frame.audit"), icon: "audit", scopes: ["read"] },
    {
      section: "operators",
      href: "#/operators",
      text: t("frame.operators"),
      icon: "key",
      scopes: ["read", "operators"],
    },
    {
      section: "webhook",
      href: "#/webhook",
      text: t("frame.operatorWebhook"),
      icon: "webhook",
      scopes: ["read", "operators"],
    },
    {
      section: "branding",
      href: "#/branding",
      text: t("frame.branding"),
      icon: "image",
      scopes: ["read", "operators"],
    },
  ];
  return all.filter((section) => isRoot || section.scopes.some((scope) => scopes.includes(scope)));
}
