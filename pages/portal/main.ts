/** A tenant's portal: the frame around its pages, for a person whom a link has signed in. */
import { Api } from "../lib/api.ts";
import { fill, h } from "../lib/dom.ts";
import { keyList } from "../lib/key-list.ts";
import { ledgerList } from "../lib/ledger-list.ts";
import { brand } from "../lib/mark.ts";
import { enableSkipLink, followTitle, type Route, startRouter } from "../lib/router.ts";
import { applyTheme, themeButton } from "../lib/theme.ts";
import type { PortalAccount } from "../lib/types.ts";
import { button, loading, notice, pageHead, save } from "../lib/ui.ts";
import { usageView } from "../lib/usage-view.ts";
import type { PortalContext } from "./context.ts";
import { homePage } from "./home.ts";
import { taskPage } from "./task.ts";
import { tasksPage } from "./tasks.ts";
import { webhookPage } from "./webhook.ts";

applyTheme();
enableSkipLink();

/** The tenant that the page shows, by its address: calls name it, so a tab never acts on another tenant. */
const tenantId = /^\/portal\/t\/([^/]+)/.exec(location.pathname)?.[1];

const app = document.getElementById("app") ?? document.body;
const api = new Api({
  base: `/portal/t/${tenantId}/api`,
  headers: () => ({}),
  onSignedOut: () => showSignedOut("There is no session in this browser, or it has ended."),
});

function showSignedOut(text: string): void {
  document.title = "Signed out · Paddock portal";
  fill(
    app,
    h(
      "main",
      { class: "centered", id: "content" },
      h(
        "div",
        { class: "centered-card" },
        brand("portal"),
        h("h1", {}, "You are signed out"),
        h("p", {}, text, " To come back, open a new link to this portal: whoever runs the service can make you one."),
      ),
    ),
  );
}

const SECTIONS = [
  { section: "home", href: "#/", text: "Home" },
  { section: "tasks", href: "#/tasks", text: "Generations" },
  { section: "usage", href: "#/usage", text: "Usage" },
  { section: "credits", href: "#/credits", text: "Credits" },
  { section: "keys", href: "#/keys", text: "Keys" },
  { section: "webhook", href: "#/webhook", text: "Webhook" },
] as const;

function routes(context: PortalContext): Route[] {
  const { readOnly } = context;
  return [
    { path: "/", section: "home", show: () => homePage(context) },
    { path: "/tasks", section: "tasks", show: () => tasksPage(context) },
    { path: "/tasks/:taskId", section: "tasks", show: ({ taskId = "" }) => taskPage(context, taskId) },
    {
      path: "/usage",
      section: "usage",
      show: () => h("div", {}, pageHead("Usage"), usageView({ api, path: "/usage", fileName: "usage" })),
    },
    { path: "/credits", section: "credits", show: creditsPage },
    {
      path: "/keys",
      section: "keys",
      show: () => h("div", {}, pageHead("Keys"), keyList({ api, path: "/keys", operator: false, readOnly })),
    },
    { path: "/webhook", section: "webhook", show: () => webhookPage(context) },
  ];
}

function creditsPage(): Node {
  const exportButton = button("Export CSV", async () => save(await api.csv("/ledger"), "ledger.csv"), {
    icon: "download",
  });
  const taskLink = (taskId: number) => h("a", { class: "mono", href: `#/tasks/${taskId}` }, taskId);
  return h("div", {}, pageHead("Credits"), ledgerList({ api, path: "/ledger", actions: exportButton, taskLink }));
}

function showPortal(account: PortalAccount): void {
  const isSuspended = account.status === "suspended";
  const readOnly = isSuspended || account.role === "viewer";
  const content = h("main", { class: "content", id: "content", tabindex: -1 });
  followTitle(content, account.name, "Paddock portal");
  const links = SECTIONS.map(({ section, href, text }) => h("a", { href, "data-section": section }, text));
  const signOut = async () => {
    await api.send("POST", "/sign-out");
    showSignedOut("You signed out.");
  };
  fill(
    app,
    h(
      "div",
      { class: "portal" },
      h(
        "header",
        { class: "bar" },
        h(
          "div",
          { class: "bar-top" },
          brand("portal", "#/"),
          h("span", { class: "bar-name" }, account.name),
          h(
            "span",
            { class: "bar-buttons" },
            account.returnUrl && h("a", { class: "side-link", href: account.returnUrl }, "Back"),
            h("a", { class: "side-link", href: "/docs" }, "API reference"),
            themeButton(),
            button("Sign out", signOut, { kind: "quiet", icon: "signout" }),
          ),
        ),
        h("nav", { class: "tabs", "aria-label": "Portal" }, links),
      ),
      isSuspended &&
        h(
          "div",
          { class: "bar-notice" },
          notice("warn", "This account is suspended: nothing can be generated or changed until it is active again."),
        ),
      content,
    ),
  );
  startRouter(routes({ api, account, readOnly }), (page, section) => {
    for (const link of links) {
      if (link.dataset.section === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    fill(content, page);
  });
}

/** At `/portal`: goes to the portal that is open in this browser, or offers those that are. */
async function choosePortal(): Promise<Node | null> {
  const browser = new Api({ base: "/portal", headers: () => ({}), onSignedOut: () => {} });
  const { portals } = await browser.get<{ portals: { tenantId: string; name: string }[] }>("/sessions");
  const [first, ...others] = portals;
  if (!first) showSignedOut("There is no session in this browser, or it has ended.");
  else if (others.length === 0) location.replace(`/portal/t/${first.tenantId}`);
  if (others.length === 0) return null;
  return h(
    "div",
    { class: "centered-card" },
    brand("portal"),
    h("h1", {}, "Choose a portal"),
    h(
      "ul",
      { class: "lines" },
      portals.map(({ tenantId, name }) =>
        h("li", {}, h("a", { href: `/portal/t/${tenantId}` }, name), h("small", { class: "faint mono" }, tenantId)),
      ),
    ),
  );
}

async function openPortal(): Promise<null> {
  showPortal(await api.get<PortalAccount>("/account"));
  return null;
}

fill(app, h("main", { class: "centered", id: "content" }, loading(tenantId ? openPortal : choosePortal)));
