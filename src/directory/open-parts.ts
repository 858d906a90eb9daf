/** Wires the parts of the Directory's object. */
import { readConfig } from "../config.ts";
import { NamedTexts } from "../lib/named-texts.ts";
import { type CachePurgeParts, CachePurger } from "./cache-purges.ts";
import { CounterStore } from "./counter-store.ts";
import { EarningsStore } from "./earnings.ts";
import { Incidents } from "./incidents.ts";
import { IntentStore } from "./intents.ts";
import { OperatorWebhook } from "./operator-webhook.ts";
import { type DirectoryParts, OPERATOR_ORIGIN } from "./parts.ts";
import { PortalEmails } from "./portal-emails.ts";
import { PriceMemory } from "./price-memory.ts";
import { recordReport } from "./record-report.ts";
import { ReportStore } from "./reports.ts";
import { TenantSearch } from "./search.ts";
import { TenantList } from "./tenant-list.ts";
import { TenantObjects } from "./tenant-objects.ts";
import { Watch } from "./watch.ts";

/** Wires the parts of one Directory, whose tables exist. */
export function openParts({ storage, exports }: DurableObjectState, env: () => Bindings): DirectoryParts {
  const { sql } = storage;
  const { Courier, Files } = exports as unknown as LoopbackExports;
  const config = async () => {
    const read = await readConfig(env());
    if (!read.ok) throw new Error(read.problem);
    return read.config;
  };
  const purge: CachePurgeParts["purge"] = (call) => (env().EDGE ?? Files).purge(call);
  const settings = new NamedTexts(sql, "settings");
  const objects = new TenantObjects(() => env().TENANTS, Courier);
  const origin = () => settings.get(OPERATOR_ORIGIN);
  const webhook = new OperatorWebhook({ storage, settings, courier: Courier, config, origin });
  const incidents = new Incidents(sql, (type, data, at) => webhook.announce(type, data, at));
  const parts: DirectoryParts = {
    storage,
    settings,
    tenants: new TenantList(sql),
    intents: new IntentStore(sql),
    search: new TenantSearch(sql),
    portalEmails: new PortalEmails(sql),
    reports: new ReportStore(sql),
    earnings: new EarningsStore(sql),
    counters: new CounterStore(sql),
    prices: new PriceMemory(sql, settings),
    incidents,
    webhook,
    watch: new Watch(storage, incidents, {
      ask: (tenantId) => objects.report(tenantId),
      record: (report) => recordReport(parts, report),
    }),
    purger: new CachePurger({ storage, settings, purge, now: Date.now }),
    objects,
    config,
  };
  return parts;
}
