/** All tenants: find one, make one. */
import type { Api } from "../lib/api.ts";
import { formDialog } from "../lib/dialog.ts";
import { fill, h } from "../lib/dom.ts";
import { choiceField, half, numberField, textField } from "../lib/form.ts";
import { formatNumber } from "../lib/format.ts";
import { listSetting, setListSettings } from "../lib/router.ts";
import type { Tenant, TenantList } from "../lib/types.ts";
import { badge, button, card, empty, pagedList, pageHead, table, when } from "../lib/ui.ts";

/** The kinds of billing, with the text for a form. */
export const BILLING = [
  ["unmetered", "Unmetered: pays later, may go below zero"],
  ["prepaid", "Prepaid: spends what it has"],
] as const;

const REGIONS = [
  ["", "Near you"],
  ["wnam", "Western North America"],
  ["enam", "Eastern North America"],
  ["sam", "South America"],
  ["weur", "Western Europe"],
  ["eeur", "Eastern Europe"],
  ["apac", "Asia-Pacific"],
  ["apac-ne", "North-East Asia-Pacific"],
  ["apac-se", "South-East Asia-Pacific"],
  ["oc", "Oceania"],
  ["afr", "Africa"],
  ["me", "Middle East"],
] as const;

/** Shows the list of tenants, and creates one. */
export function tenantsPage(api: Api): Node {
  const search = h("input", {
    class: "input search",
    type: "search",
    placeholder: "Name or id",
    value: listSetting("q"),
    "aria-label": "Search tenants",
  });
  const place = h("div");
  const show = () => fill(place, tenantList(api, search.value.trim()));
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (!search.isConnected) return;
      setListSettings({ q: search.value.trim(), rows: null });
      show();
    }, 200);
  });
  show();
  const create = button("New tenant", () => createTenant(api), { kind: "primary", icon: "plus" });
  return h("div", {}, pageHead("Tenants", create), card(null, search, place));
}

function tenantList(api: Api, q: string): Node {
  const fetchPage = async (cursor: string | null) => {
    const { tenants, nextCursor } = await api.get<TenantList>("/tenants", { q, cursor, limit: 25 });
    return { items: tenants, nextCursor };
  };
  return pagedList(fetchPage, (tenants) =>
    tenants.length === 0
      ? q === ""
        ? empty("No tenants yet", "A tenant is a customer of yours: it gets keys, limits and a balance of its own.")
        : empty("Nobody found", `No tenant's name or id has “${q}” in it.`)
      : table<TenantList["tenants"][number]>(
          [
            { title: "Name", value: ({ name }) => name },
            {
              title: "Status",
              value: (tenant) => ("unavailable" in tenant ? badge("Does not answer", "bad") : statusBadge(tenant)),
            },
            {
              title: "Billing",
              value: ({ billing }) => (billing === "prepaid" ? "Prepaid" : "Unmetered"),
            },
            { title: "Balance", value: ({ balance }) => formatNumber(balance), numeric: true },
            { title: "Running", value: ({ runningTasks }) => formatNumber(runningTasks), numeric: true },
            { title: "Created", value: ({ createdAt }) => when(createdAt) },
          ],
          tenants,
          ({ tenantId }) => `#/tenants/${tenantId}`,
        ),
  );
}

/** Returns a badge with a tenant's status. */
export function statusBadge({ status }: Pick<Tenant, "status">): HTMLElement {
  return status === "active" ? badge("Active", "good") : badge("Suspended", "warn");
}

function createTenant(api: Api): void {
  const name = textField("name", "Name", "", { placeholder: "Acme Films" });
  const billing = choiceField("billing", "Billing", BILLING, "prepaid");
  const markup = numberField("markup", "Markup", 1, {
    hint: "The tenant's price is the upstream's × this, rounded up.",
  });
  const requestsPerMinute = half(numberField("requestsPerMinute", "Requests a minute", 60));
  const concurrentTasks = half(numberField("concurrentTasks", "Tasks at once", 10));
  const externalId = textField("externalId", "External id", "", { hint: "This tenant in your own system; unique." });
  const region = choiceField("region", "Region", REGIONS, "", { hint: "Where its data is kept; it stays there." });
  const fields = [name, billing, markup, requestsPerMinute, concurrentTasks, externalId, region];
  formDialog({
    title: "New tenant",
    fields,
    submit: "Create tenant",
    work: () =>
      api.send<Tenant>(
        "POST",
        "/tenants",
        Object.fromEntries(
          fields.map((field) => [field.name, field !== name && field.value() === "" ? null : field.value()]),
        ),
      ),
    done: ({ tenantId }) => {
      location.hash = `#/tenants/${tenantId}/keys`;
    },
  });
}
