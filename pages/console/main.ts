/** The operator's console: signing in, the frame around its pages, and which page is shown. */
import { Api, ApiError } from "../lib/api.ts";
import { fill, h } from "../lib/dom.ts";
import { icon } from "../lib/icons.ts";
import { brand } from "../lib/mark.ts";
import { type Route, startRouter } from "../lib/router.ts";
import { forgetToken, keepToken, readToken } from "../lib/session-token.ts";
import { applyTheme, themeButton } from "../lib/theme.ts";
import { button, messageOf, notice } from "../lib/ui.ts";
import { auditPage } from "./audit.ts";
import { overviewPage } from "./overview.ts";
import { pricesPage } from "./prices.ts";
import { tenantPage } from "./tenant.ts";
import { tenantsPage } from "./tenants.ts";

applyTheme();

const app = document.getElementById("app") ?? document.body;
let token = readToken();
/** Stops showing pages; they would ask without a token. */
let stopRouter = () => {};

const api = new Api({
  base: "/admin/v1",
  headers: () => ({ authorization: `Bearer ${token ?? ""}` }),
  onSignedOut: () => signOut("The operator's token is not accepted any more."),
});

const SECTIONS = [
  { section: "overview", href: "#/", text: "Overview", icon: "overview" },
  { section: "tenants", href: "#/tenants", text: "Tenants", icon: "tenants" },
  { section: "prices", href: "#/prices", text: "Prices", icon: "ledger" },
  { section: "audit", href: "#/audit", text: "Audit log", icon: "audit" },
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
  { path: "/audit", section: "audit", show: () => auditPage(api) },
];

function signOut(reason?: string): void {
  token = null;
  stopRouter();
  forgetToken();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  showSignIn(reason);
}

function showSignIn(reason?: string): void {
  document.title = "Sign in · Paddock console";
  const input = h("input", {
    class: "input",
    type: "password",
    id: "token",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
  });
  const problem = h("div", {}, reason && notice("warn", reason));
  const submit = h("button", { type: "submit", class: "button primary wide" }, "Sign in");
  const form = h(
    "form",
    { class: "form" },
    h(
      "div",
      { class: "field" },
      h("label", { class: "field-label", for: "token" }, "Operator's token"),
      input,
      h(
        "p",
        { class: "field-hint" },
        "The deployment's ADMIN_TOKEN. It stays in this tab and is forgotten when the tab is closed.",
      ),
    ),
    problem,
    submit,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const given = input.value.trim();
    try {
      // No header can carry it, so it cannot be the one.
      if (!/^[\x20-\x7e]+$/.test(given)) throw new ApiError(401, 0, "");
      await new Api({
        base: "/admin/v1",
        headers: () => ({ authorization: `Bearer ${given}` }),
        onSignedOut: () => {},
      }).get("/tenants", { limit: 1 });
      token = given;
      keepToken(given);
      showConsole();
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 401;
      fill(problem, notice("bad", wrong ? "That is not this gateway's operator token." : messageOf(error)));
      input.select();
    } finally {
      submit.disabled = false;
    }
  });
  fill(
    app,
    h(
      "main",
      { class: "centered", id: "content" },
      h("div", { class: "centered-card" }, brand("console"), h("h1", {}, "Sign in"), form),
    ),
  );
  input.focus();
}

function showConsole(): void {
  document.title = "Paddock console";
  const content = h("main", { class: "content", id: "content", tabindex: -1 });
  const links = SECTIONS.map(({ section, href, text, icon: name }) =>
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
            button("Sign out", () => signOut(), { kind: "quiet", icon: "signout" }),
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

if (token === null) showSignIn();
else showConsole();
