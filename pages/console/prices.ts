/** Prices that come before what the upstream asks: for all tenants, and for one. */
import { type Api, ApiError } from "../lib/api.ts";
import { fill, h } from "../lib/dom.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { Overview, Prices } from "../lib/types.ts";
import { empty, loading, pageHead } from "../lib/ui.ts";
import type { TenantContext } from "./context.ts";
import { priceRules, type Rule } from "./price-rules.ts";

/** Shows the price list for all tenants. */
export function pricesPage(api: Api): Node {
  const place = h("div");
  const draw = () =>
    fill(
      place,
      loading(async () => {
        const { prices } = await api.get<Prices>("/prices");
        return priceRules({
          title: "Price list",
          intro:
            "A price here is what every tenant pays for requests that fit, with no markup. What fits no price costs the upstream's credits × the tenant's markup. A tenant's own price list comes before this one.",
          none: empty("No prices of your own", "Every tenant pays what the upstream asks, times its markup."),
          prices,
          reach: () => allTenants(api),
          replace: async (next) => {
            await api.send("PUT", "/prices", { prices: next });
            toast("Saved");
            draw();
          },
        });
      }),
    );
  draw();
  return h("div", {}, pageHead("Prices"), place);
}

/** Returns the number of tenants in words; an operator who may not see it gets "all tenants". */
async function allTenants(api: Api): Promise<string> {
  try {
    const { tenants } = await api.get<Overview>("/overview", { days: 1 });
    return tenants.total === 1 ? "1 tenant" : `${formatNumber(tenants.total)} tenants`;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return "all tenants";
    throw error;
  }
}

/** One tenant's own list. */
export function tenantPricesTab({ api, path, tenant, changed }: TenantContext): Node {
  return priceRules({
    title: "Prices of this tenant alone",
    intro:
      "A price here is what this tenant pays for requests that fit, with no markup; it comes before the price list for all.",
    none: empty(
      "No prices of its own",
      "This tenant pays by the price list for all, or what the upstream asks times its markup.",
    ),
    prices: tenant.prices ?? [],
    reach: async () => `1 tenant, ${tenant.name}`,
    replace: async (next: readonly Rule[]) => {
      await api.send("PATCH", path, { prices: next.length > 0 ? next : null });
      toast("Saved");
      changed();
    },
  });
}
