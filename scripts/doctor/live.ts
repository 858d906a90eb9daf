/** The doctor's third group: the gateway itself, over HTTP. These checks change nothing. */
import { type GatewayClient, RefusedError } from "../gateway-client.ts";
import { type Check, failed, type Outcome, ok, reasonOf, skipped, warning } from "./check.ts";
import { edgeCache } from "./edge-cache.ts";
import { look } from "./look.ts";

/** `Date` has whole seconds, and a request takes a while. */
const CLOCK_TOLERANCE_MS = 30_000;
const RECENT_MS = 3_600_000;
/** More than this many at one time is a backlog. */
const BACKLOG = 100;
const TENANTS_LOOKED_AT = 50;

interface Overview {
  readonly copiesWaiting: number;
  readonly deliveriesWaiting: number;
  readonly webhooksDisabled: number;
  readonly masterKeys: readonly { readonly id: string; readonly ok: boolean; readonly code: number | null }[];
  readonly problems: readonly { readonly kind: string; readonly lastAt: string }[];
}

/** True for an address of this machine, where http and development settings are right. */
export function isLocal(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}

/**
 * Returns the checks, in their order.
 * @param operator null: no operator's token is known here
 */
export function liveChecks(url: string, operator: GatewayClient | null): Check[] {
  let health: Response | null = null;
  let overview: Overview | null = null;
  const needs =
    <T>(value: () => T | null, run: (value: T) => Outcome | Promise<Outcome>) =>
    () => {
      const known = value();
      return known === null ? skipped("needs what stands above") : run(known);
    };
  const ofOverview = (run: (value: Overview) => Outcome) => needs(() => overview, run);
  return [
    {
      name: "/healthz",
      run: async () => {
        try {
          health = await look(`${url}/healthz`);
        } catch (error) {
          return failed(
            `cannot be reached: ${reasonOf(error)}`,
            "check the address, DNS and certificate; npm run setup",
          );
        }
        if (health.status === 200) return ok("responds 200");
        const problem = (await health.text()).slice(0, 300);
        health = null;
        return failed(`responds with a problem: ${problem}`, "correct the named setting, then npm run deploy");
      },
    },
    {
      name: "/healthz is not stored",
      run: needs(() => health, noStore),
    },
    { name: "https", run: () => encrypted(url) },
    { name: "clock", run: needs(() => health, clock) },
    {
      name: "refuses strangers",
      run: needs(
        () => health,
        () => refusesStrangers(url),
      ),
    },
    {
      name: "operator's token",
      run: async () => {
        if (operator === null) return failed("not known here", "name the file with --secrets FILE, or set ADMIN_TOKEN");
        try {
          overview = await operator.call<Overview>("GET", "/admin/v1/overview");
          return ok("accepted");
        } catch (error) {
          return failed(reasonOf(error), remedyOf(error));
        }
      },
    },
    { name: "master keys", run: ofOverview(masterKeys) },
    { name: "recent problems", run: ofOverview(recentProblems) },
    { name: "copies waiting", run: ofOverview(({ copiesWaiting }) => backlog(copiesWaiting, "copy-failed")) },
    { name: "deliveries waiting", run: ofOverview(({ deliveriesWaiting }) => backlog(deliveriesWaiting, "webhook")) },
    { name: "webhook endpoints", run: ofOverview(endpoints) },
    { name: "metrics", run: needs(() => operator, metrics) },
    {
      name: "edge cache",
      run: needs(
        () => (overview ? operator : null),
        (known) => (isLocal(url) ? ok("this machine has none") : edgeCache(known)),
      ),
    },
    { name: "signing secret of keys", run: needs(() => (overview ? operator : null), signers) },
  ];
}

/** Returns what mends a call of the operator that failed. */
function remedyOf(error: unknown): string {
  if (!(error instanceof RefusedError)) return "check the address, and what stands in front of the gateway";
  if (error.status === 401) return "npm run wrangler -- secret put ADMIN_TOKEN, or use the deployed token";
  if (error.status !== 403) return "npm run wrangler -- tail";
  return "use a token of the scope read, and tenants for what --read-only leaves out";
}

function noStore({ headers }: Response): Outcome {
  const directive = headers.get("cache-control") ?? "none";
  if (/\bno-store\b/.test(directive)) return ok(directive);
  return failed(
    `Cache-Control is ${directive}: a monitor could see a stored answer`,
    "remove the cache rule of this zone",
  );
}

function encrypted(url: string): Outcome {
  if (url.startsWith("https:") || isLocal(url)) return ok(isLocal(url) ? "this machine" : "yes");
  return failed("keys and tokens would be sent in clear", "use the https address");
}

function clock({ headers }: Response): Outcome {
  const offBy = Math.abs(Date.parse(headers.get("date") ?? "") - Date.now());
  if (Number.isNaN(offBy)) return skipped("no Date header");
  if (offBy <= CLOCK_TOLERANCE_MS) return ok("agrees with this machine");
  return failed(
    `differs from this machine by ${Math.round(offBy / 1_000)} s`,
    "set this machine's clock: receivers of webhooks refuse old signatures",
  );
}

async function refusesStrangers(url: string): Promise<Outcome> {
  const paths = ["/api/v1/account", "/admin/v1/overview", "/metrics"];
  // A redirect leads to the login page of Cloudflare Access.
  const isRefused = ({ status }: Response) => status === 401 || status === 403 || status === 302;
  const responses = await Promise.all(paths.map((path) => look(url + path)));
  const open = paths.filter((_, index) => !isRefused(responses[index] as Response));
  if (open.length === 0) return ok(paths.join(", "));
  return failed(`${open.join(", ")} responds without credentials`, "look for a rule or proxy that adds credentials");
}

function masterKeys({ masterKeys: keys }: Overview): Outcome {
  const refused = keys.filter((key) => !key.ok).map(({ id, code }) => `${id} (${code})`);
  if (keys.length === 0) return failed("none", "npm run setup");
  if (refused.length === 0) return ok(`${keys.length} accepted as far as is known`);
  const found = `SeedHorse refuses ${refused.join(", ")}`;
  const remedy = "top up (60001) or replace the key: npm run wrangler -- secret put SEEDHORSE_API_KEYS";
  return refused.length === keys.length ? failed(found, remedy) : warning(found, remedy);
}

function recentProblems({ problems }: Overview): Outcome {
  const recent = problems.filter(({ lastAt }) => Date.parse(lastAt) > Date.now() - RECENT_MS).map(({ kind }) => kind);
  if (recent.length === 0) return ok("none in the last hour");
  return warning(
    `in the last hour: ${recent.join(", ")}`,
    "npm run wrangler -- tail; docs/operations.md explains each kind",
  );
}

function backlog(count: number, event: string): Outcome {
  if (count < BACKLOG) return ok(String(count));
  return warning(`${count}`, `look for ${event} lines: npm run wrangler -- tail`);
}

function endpoints({ webhooksDisabled }: Overview): Outcome {
  if (webhooksDisabled === 0) return ok("none is disabled");
  return warning(
    `${webhooksDisabled} disabled after a 410`,
    "tell the tenants: PUT /api/v1/webhook enables an endpoint again",
  );
}

async function metrics(operator: GatewayClient): Promise<Outcome> {
  const response = await operator.fetch("/metrics");
  const text = await response.text();
  if (response.status !== 200) return failed(`responds ${response.status}`, "use a token of the scope metrics or read");
  if (!/^paddock_directory_up 1$/m.test(text))
    return failed("the Directory does not respond", "npm run wrangler -- tail");
  return ok(`${text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length} samples`);
}

interface KeyView {
  readonly status: string;
  readonly signedWith: string;
  readonly previous: { readonly signedWith: string } | null;
}

/** Keys that end when the later signing secrets are removed. */
async function signers(operator: GatewayClient): Promise<Outcome> {
  const path = `/admin/v1/tenants?limit=${TENANTS_LOOKED_AT}`;
  const { tenants, nextCursor } = await operator.call<{ tenants: { tenantId: string }[]; nextCursor: unknown }>(
    "GET",
    path,
  );
  let later = 0;
  for (const { tenantId } of tenants) {
    try {
      const { keys } = await operator.call<{ keys: KeyView[] }>("GET", `/admin/v1/tenants/${tenantId}/keys`);
      const working = keys.filter(({ status }) => status === "active");
      later += working.filter(
        (key) => key.signedWith !== "first" || (key.previous?.signedWith ?? "first") !== "first",
      ).length;
    } catch (error) {
      // A tenant that was deleted meanwhile, or whose object does not answer, is another check's matter.
      if (!(error instanceof RefusedError)) throw error;
    }
  }
  const extent = nextCursor === null ? "" : ` (of the ${tenants.length} newest tenants)`;
  if (later === 0) return ok(`all keys are on the first${extent}`);
  return warning(
    `${later} keys are on a later signing secret${extent}`,
    "rotate them before you remove it (docs/operations.md)",
  );
}
