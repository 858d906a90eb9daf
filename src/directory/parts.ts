/** What the Directory's object consists of. */
import type { Config } from "../config.ts";
import type { NamedTexts } from "../lib/named-texts.ts";
import type { CachePurger } from "./cache-purges.ts";
import type { CounterStore } from "./counter-store.ts";
import type { EarningsStore } from "./earnings.ts";
import type { Incidents } from "./incidents.ts";
import type { IntentStore } from "./intents.ts";
import type { OperatorWebhook } from "./operator-webhook.ts";
import type { PortalEmails } from "./portal-emails.ts";
import type { PriceMemory } from "./price-memory.ts";
import type { ReportStore } from "./reports.ts";
import type { TenantSearch } from "./search.ts";
import type { TenantList } from "./tenant-list.ts";
import type { TenantObjects } from "./tenant-objects.ts";
import type { Watch } from "./watch.ts";

/** Row of `settings` with the origin of the operator's last authenticated call. */
export const OPERATOR_ORIGIN = "operator-origin";

/** The parts of the Directory's object. */
export interface DirectoryParts {
  readonly storage: DurableObjectStorage;
  readonly settings: NamedTexts;
  readonly tenants: TenantList;
  readonly intents: IntentStore;
  readonly search: TenantSearch;
  readonly portalEmails: PortalEmails;
  readonly reports: ReportStore;
  readonly earnings: EarningsStore;
  readonly counters: CounterStore;
  readonly prices: PriceMemory;
  readonly incidents: Incidents;
  readonly webhook: OperatorWebhook;
  readonly watch: Watch;
  readonly purger: CachePurger;
  readonly objects: TenantObjects;
  /** Reads the settings of the deployment. @throws if they are not valid */
  readonly config: () => Promise<Config>;
}
