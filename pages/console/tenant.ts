/** One tenant: its figures, and everything the operator can do with it, tab by tab. */
import type { Api } from "../lib/api.ts";
import { confirmDialog, openDialog } from "../lib/dialog.ts";
import { type Child, fill, h } from "../lib/dom.ts";
import { formatDateTime, formatNumber } from "../lib/format.ts";
import { crumb } from "../lib/router.ts";
import { toast } from "../lib/toast.ts";
import type { PortalLink, Tenant } from "../lib/types.ts";
import { button, copyable, copyButton, loading, notice, pageHead } from "../lib/ui.ts";
import { auditList } from "./audit.ts";
import type { TenantContext } from "./context.ts";
import { creditsTab } from "./credits.ts";
import { keysTab } from "./keys.ts";
import { tenantPricesTab } from "./prices.ts";
import { settingsTab } from "./settings.ts";
import { summaryTab } from "./summary.ts";
import { tasksTab } from "./tasks.ts";
import { statusBadge } from "./tenants.ts";
import { usageTab } from "./usage.ts";

const TABS: readonly { readonly id: string; readonly text: string; readonly show: (context: TenantContext) => Node }[] =
  [
    { id: "summary", text: "Summary", show: summaryTab },
    { id: "keys", text: "Keys", show: keysTab },
    { id: "credits", text: "Credits", show: creditsTab },
    { id: "tasks", text: "Tasks", show: tasksTab },
    { id: "usage", text: "Usage", show: usageTab },
    { id: "prices", text: "Prices", show: tenantPricesTab },
    { id: "settings", text: "Settings", show: settingsTab },
    { id: "activity", text: "Activity", show: ({ api, tenant }) => auditList(api, tenant.tenantId) },
  ];

/** Shows one tenant, with a tab for each topic. */
export function tenantPage(api: Api, tenantId: string, tabId: string): Node {
  const path = `/tenants/${tenantId}`;
  const tab = TABS.find(({ id }) => id === tabId) ?? TABS[0];
  const place = h("div");
  const draw = () =>
    fill(
      place,
      loading(async () => {
        const tenant = await api.get<Tenant>(path);
        const context: TenantContext = { api, tenant, path, changed: draw };
        return [head(context), tabs(tenantId, tab?.id ?? ""), tab?.show(context)];
      }),
    );
  draw();
  return place;
}

function head(context: TenantContext): Child {
  const { tenant, path, api, changed } = context;
  const { tenantId, status, name, balance } = tenant;
  const setStatus = async (next: "active" | "suspended") => {
    await api.send("PATCH", path, { status: next });
    toast(next === "active" ? `${name} is active again` : `${name} is suspended`);
    changed();
  };
  const suspend =
    status === "active"
      ? button("Suspend", () =>
          confirmDialog({
            title: `Suspend ${name}?`,
            text: "Spending stops at once and reading within ten seconds. Files already handed out and webhooks go on. You can undo this at any time.",
            submit: "Suspend",
            work: () => setStatus("suspended"),
            done: () => {},
          }),
        )
      : button("Activate", () => setStatus("active"), { kind: "primary" });
  return [
    crumb("/tenants", "Tenants"),
    pageHead(
      [name, " ", statusBadge(tenant)],
      [button("Portal link", () => portalLink(context)), suspend],
      h("p", { class: "under" }, copyable(tenantId), h("span", {}, `Balance ${formatNumber(balance)} credits`)),
    ),
  ];
}

function tabs(tenantId: string, current: string): Node {
  return h(
    "nav",
    { class: "tabs", "aria-label": "Tenant" },
    TABS.map(({ id, text }) =>
      h("a", { href: `#/tenants/${tenantId}/${id}`, "aria-current": id === current ? "page" : null }, text),
    ),
  );
}

async function portalLink({ api, path, tenant }: TenantContext): Promise<void> {
  const { url, expiresAt } = await api.send<PortalLink>("POST", `${path}/portal-links`);
  const close = openDialog(
    "Portal link",
    h(
      "div",
      { class: "form" },
      h("p", {}, `Whoever opens it and presses the button is signed in to ${tenant.name}'s portal for twelve hours.`),
      h("div", { class: "secret" }, h("code", { "data-portal-link": true }, url), copyButton(url, "Copy")),
      notice("info", `It works once, until ${formatDateTime(expiresAt)}. Previews of the link do not use it up.`),
      h(
        "div",
        { class: "form-actions" },
        button("Done", () => close(), { kind: "primary" }),
      ),
    ),
  );
}
