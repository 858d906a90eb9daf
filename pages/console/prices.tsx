/** Prices that come before what the upstream asks: for all tenants, and for one. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import type { PriceRollout, Prices, TenantCounts, UpstreamPrices } from "../lib/types.ts";
import { Loaded, Notice, PageHead } from "../ui/parts.tsx";
import { type Data, useData, useLoad } from "../ui/use-data.ts";
import type { TenantContext } from "./context.ts";
import { PriceRules } from "./price-rules.tsx";

const POLL_MS = 1_000;

/** The price list for all tenants. */
export function PricesPage({ api }: { readonly api: Api }) {
  const prices = useData<Prices>(api, "/prices");
  const upstream = useUpstream(api);
  const counts = useData<TenantCounts>(api, "/tenant-counts");
  const rollout = useData<PriceRollout>(
    api,
    "/prices/rollout",
    {},
    { every: ({ startedAt, endedAt }) => (startedAt !== null && endedAt === null ? POLL_MS : null) },
  );
  const total = counts.data?.total;
  return (
    <div>
      <PageHead title={t("frame.prices")} />
      <Rollout of={rollout} />
      <Loaded of={prices}>
        {(data) => (
          <PriceRules
            title={t("prices.listForAll")}
            intro={t("prices.introAll")}
            none={t("prices.noneForAll")}
            noneText={t("prices.noneAll")}
            prices={data.prices}
            upstream={upstream}
            whom={total === undefined ? t("prices.allTenants") : t("prices.tenantsCount", { count: total })}
            replace={async (next) => {
              prices.set(await api.send<Prices>("PUT", "/prices", { prices: next }));
              await rollout.reload();
            }}
          />
        )}
      </Loaded>
    </div>
  );
}

/** How far the present list has come; it goes on when the page is left. */
function Rollout({ of }: { readonly of: Data<PriceRollout> }) {
  const { data } = of;
  if (!data || data.startedAt === null) return null;
  const { tenants, updated, unreachable, endedAt } = data;
  if (endedAt !== null) {
    return (
      <p class="faint" role="status">
        {t("prices.rolledOut", { count: updated })} {unreachable > 0 && t("prices.unreachable", { count: unreachable })}
      </p>
    );
  }
  return (
    <Notice tone="info">
      <p role="status">
        {t("prices.rollout", { updated: formatNumber(updated + unreachable), tenants: formatNumber(tenants) })}
      </p>
      <progress max={Math.max(1, tenants)} value={updated + unreachable} aria-label={t("frame.prices")} />
    </Notice>
  );
}

/** One tenant's own list. */
export function TenantPrices({ api, path, tenant, changed }: TenantContext) {
  return (
    <PriceRules
      title={t("prices.listOfTenant")}
      intro={t("prices.introTenant")}
      none={t("prices.noneOwn")}
      noneText={t("prices.noneTenant")}
      prices={tenant.prices ?? []}
      upstream={useUpstream(api)}
      whom={t("prices.oneTenant", { name: tenant.name })}
      replace={async (next) => {
        await api.send("PATCH", path, { prices: next.length > 0 ? next : null });
        changed();
      }}
    />
  );
}

/** Pages of known prices that are loaded; beyond them margins are not shown. */
const MOST_PAGES = 10;

/** Returns what the upstream asks, as far as it is known; empty until it is loaded, or if it cannot be. */
function useUpstream(api: Api): UpstreamPrices["prices"] {
  const { data } = useLoad("upstream-prices", async (signal) => {
    const found: UpstreamPrices["prices"][number][] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES && (page === 0 || cursor !== null); page += 1) {
      const body: UpstreamPrices = await api.get<UpstreamPrices>("/upstream-prices", { limit: 100, cursor }, signal);
      found.push(...body.prices);
      cursor = body.nextCursor;
    }
    return found;
  });
  return data ?? [];
}
