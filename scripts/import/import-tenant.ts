/** Creates a tenant in another deployment from its export. Each step is safe to repeat after an interruption. */
import { appendFileSync } from "node:fs";
import { CreateKey } from "../../src/schemas/keys.ts";
import { CreateTenant } from "../../src/schemas/operator.ts";
import type { GatewayClient } from "../gateway-client.ts";
import type { Fields, TenantExport } from "./tenant-export.ts";

/** Name of the pair in a key's metadata that names the key of the export. A repeated import finds its keys by it. */
const IMPORTED_FROM = "importedFrom";
const MAX_METADATA = 16;
const KEYS_PAGE = 100;
const OWNER_ONLY = 0o600;

/** What an import did, for the person who started it. */
export interface ImportResult {
  readonly tenantId: string;
  readonly balance: number;
  readonly keysCreated: number;
  /** Keys of an earlier, interrupted import of the same export. */
  readonly keysFound: number;
  readonly endUsers: number;
}

/**
 * Creates the tenant with its settings, its balance as one ledger entry, its end users' limits, and a new key for each that worked.
 * @param keysFile gets one JSON line for each new key, with its text; readable by its owner alone
 * @throws Error if the export cannot be moved, RefusedError
 */
export async function importTenant(
  operator: GatewayClient,
  exported: TenantExport,
  keysFile: string,
): Promise<ImportResult> {
  const { tenant, balance, exportedAt } = exported;
  checkMovable(exported);
  const source = `${tenant.tenantId} ${exportedAt}`;
  const idempotency = { "x-idempotency-key": `import ${source}` };
  const settings = picked(tenant, Object.keys(CreateTenant().shape));
  const { tenantId } = await operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", settings, idempotency);
  const path = `/admin/v1/tenants/${tenantId}`;
  if (balance !== 0) {
    const note = `Balance of the export of ${source}`;
    await operator.call("POST", `${path}/credits`, { credits: balance, note }, idempotency);
  }
  for (const { endUser, ...limits } of exported.endUsers) {
    const { type: _, used: __, ...settable } = limits;
    await operator.call("PUT", `${path}/end-users/${encodeURIComponent(endUser)}`, settable);
  }
  const found = await importedKeys(operator, path);
  let keysCreated = 0;
  for (const key of exported.keys) {
    if (found.has(key.keyId) || hasExpired(key)) continue;
    const { metadata, ...rest } = picked(key, Object.keys(CreateKey().shape));
    const body = { ...rest, metadata: { ...(metadata as object | null), [IMPORTED_FROM]: key.keyId } };
    const made = await operator.call<{ keyId: string; key: string }>("POST", `${path}/keys`, body);
    const line = { tenantId, importedFrom: key.keyId, name: key.name, keyId: made.keyId, key: made.key };
    appendFileSync(keysFile, `${JSON.stringify(line)}\n`, { mode: OWNER_ONLY });
    keysCreated += 1;
  }
  return { tenantId, balance, keysCreated, keysFound: found.size, endUsers: exported.endUsers.length };
}

/** @throws Error for an export whose import would lose something */
function checkMovable({ tenant, keys }: TenantExport): void {
  if (tenant.runningTasks > 0) {
    throw new Error(
      `${tenant.runningTasks} tasks were running at the export. Suspend the tenant, wait until runningTasks is 0, and export it again`,
    );
  }
  const full = keys.find(({ metadata }) => Object.keys((metadata ?? {}) as object).length >= MAX_METADATA);
  if (full) throw new Error(`key ${full.keyId} has ${MAX_METADATA} metadata pairs; an import needs one of them`);
}

/** @returns `keyId` in the export of each key that this tenant already has from an import */
async function importedKeys(operator: GatewayClient, path: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { keys: { metadata: Record<string, string> | null }[]; nextCursor: string | null } =
      await operator.call("GET", `${path}/keys?limit=${KEYS_PAGE}${after}`);
    for (const { metadata } of page.keys) {
      const keyId = metadata?.[IMPORTED_FROM];
      if (keyId !== undefined) found.add(keyId);
    }
    cursor = page.nextCursor;
  }
  return found;
}

function hasExpired({ expiresAt }: Fields): boolean {
  return typeof expiresAt === "string" && Date.parse(expiresAt) <= Date.now();
}

function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));
}
