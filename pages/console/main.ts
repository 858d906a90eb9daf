/** The operator's console: signing in, the frame around its pages, and which page is shown. */
import { Api } from "../lib/api.ts";
import { fill, h } from "../lib/dom.ts";
import { icon } from "../lib/icons.ts";
import { brand } from "../lib/mark.ts";
import { enableSkipLink, followTitle, type Route, startRouter } from "../lib/router.ts";
import { applyTheme, themeButton } from "../lib/theme.ts";
import { button, messageOf } from "../lib/ui.ts";
import { auditPage } from "./audit.ts";
import { operatorsPage } from "./operators.ts";
import { overviewPage } from "./overview.ts";
import { pricesPage } from "./prices.ts";
import { endSession, type SignedIn, showSignIn, signedIn } from "./sign-in.ts";
import { tenantPage } from "./tenant.ts";
import { tenantsPage } from "./tenants.ts";

applyTheme();
enableSkipLink();

const app = document.getElementById("app") ?? document.body;
/** Stops showing pages; they would ask without a session. */
let stopRouter = () => {};

const api = new Api({
  base: "/admin/v1",
  headers: () => ({}),
  onSignedOut: () => showSignedOut("You are signed out. Sign in again."),
});

const SECTIONS = [
  { section: "overview", href: "#/", text: "Overview", icon: "overview", scopes: ["read"] },
  { section: "tenants", href: "#/tenants", text: "Tenants", icon: "tenants", scopes: ["read", "billing", "tenants"] },
  { section: "prices", href: "#/prices", text: "Prices", icon: "ledger", scopes: ["read", "billing"] },
  { section: "audit", href: "#/audit", text: "Audit log", icon: "audit", scopes: ["read"] },
  { section: "operators", href: "#/operators", text: "Operators", icon: "key", scopes: ["read", "operators"] },
] as const;

const ROUTES: readonly Route[] = [
  { path: "/", section: "overview", show: () => overviewPage(api) },
  { path: "/tenants", section: "tenants", show: () => tenantsPage(api) },
  { path: "/tenants/:tenantId", section: "tenants", show: ({ tenantId = "" }) => tenantPage(api, tenantId, "summary") },
  {
    path: "/tenants/:tenantId/:tab",
    section: "tenants",
    show: ({ tenantId = "", tab = "" }) => tenantPage(api, tenantId, tab),
  },
  { path: "/prices", section: "prices", show: () => pricesPage(api) },
  { path: "/operators", section: "operators", show: () => operatorsPage(api) },
  { path: "/audit", section: "audit", show: () => auditPage(api) },
];

function showSignedOut(reason?: string): void {
  stopRouter();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  showSignIn(app, reason, showConsole);
}

async function signOut(): Promise<void> {
  await endSession();
  showSignedOut();
}

function showConsole(operator: SignedIn): void {
  const content = h("main", { class: "content", id: "content", tabindex: -1 });
  followTitle(content, "Paddock console");
  const maySee = (scopes: readonly string[]) =>
    operator.isRoot || scopes.some((scope) => operator.scopes.includes(scope));
  const links = SECTIONS.filter(({ scopes }) => maySee(scopes)).map(({ section, href, text, icon: name }) =>
    h("a", { href, "data-section": section }, icon(name), text),
  );
  const nav = h("nav", { class: "nav", "aria-label": "Console" }, links);
  fill(
    app,
    h(
      "div",
      { class: "frame" },
      h(
        "div",
        { class: "side" },
        brand("console", "#/"),
        nav,
        h(
          "div",
          { class: "side-foot" },
          h("a", { href: "/docs", class: "side-link" }, "API reference", icon("external")),
          h(
            "div",
            { class: "side-buttons" },
            button("Sign out", signOut, { kind: "quiet", icon: "signout" }),
            themeButton(),
          ),
        ),
      ),
      content,
    ),
  );
  stopRouter = startRouter(ROUTES, (page, section) => {
    for (const link of links) {
      if (link.dataset.section === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    fill(content, page);
  });
}

async function start(): Promise<void> {
  const operator = await signedIn();
  if (operator === null) showSignedOut();
  else showConsole(operator);
}

start().catch((error: unknown) => showSignedOut(messageOf(error)));
