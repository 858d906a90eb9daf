/** What an operator and a tenant's backend do over HTTP, in few words; and CSV read back. */
import { type Answer, call, IMAGE, OPERATOR, type TestTenant } from "./gateway.ts";

/** One call of the operator API; `path` follows `/admin/v1`. */
export function operate<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  return call<T>(method, `/admin/v1${path}`, { headers: { ...OPERATOR, ...headers }, body });
}

export function giveCredits(tenantId: string, credits: number): Promise<Answer> {
  return operate("POST", `/tenants/${tenantId}/credits`, { credits });
}

export interface LedgerEntry {
  readonly entryId: number;
  readonly at: string;
  readonly kind: string;
  readonly credits: number;
  readonly balance: number;
  readonly taskId: number | null;
  readonly keyId: string | null;
  readonly model: string | null;
  readonly endUser: string | null;
  readonly note: string | null;
}

/** The whole ledger, newest first, by pages of `limit`. */
export async function wholeLedger(tenantId: string, limit = 100): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = `limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page: Answer<{ entries: LedgerEntry[]; nextCursor: string | null }> = await operate(
      "GET",
      `/tenants/${tenantId}/ledger?${query}`,
    );
    entries.push(...page.data.entries);
    cursor = page.data.nextCursor;
  }
  return entries;
}

export async function balanceOf(tenantId: string): Promise<number> {
  return (await operate<{ balance: number }>("GET", `/tenants/${tenantId}`)).data.balance;
}

/** Ready-made headers with a new client token. */
export async function tokenFor(tenant: TestTenant, bounds: object = {}): Promise<{ authorization: string }> {
  const minted = await call<{ token: string }>("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: bounds });
  if (minted.code !== 0) throw new Error(`client-tokens: ${minted.text}`);
  return { authorization: `Bearer ${minted.data.token}` };
}

/** Submits an image; `directive` tells the simulated upstream what is to become of it, e.g. `price=7 fail`. */
export function submitImage(
  headers: Record<string, string>,
  directive = "",
  more: object = {},
): Promise<Answer<{ taskId: number; estimatedCredits: number; resultUrls: string[] }>> {
  const prompt = directive === "" ? IMAGE.prompt : `${IMAGE.prompt} [[sim: ${directive}]]`;
  return call("POST", "/api/v1/task/generate", { headers, body: { ...IMAGE, prompt, ...more } });
}

/** Reads CSV (RFC 4180) back into records; the first is the header. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    record.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}

/** An operator with these scopes, made by root or by another operator. */
export async function createOperator(
  scopes: readonly string[],
  settings: object = {},
  headers: Record<string, string> = OPERATOR,
): Promise<{ operatorId: string; token: string; auth: { authorization: string } }> {
  const body = { name: `operator ${crypto.randomUUID()}`, scopes, ...settings };
  const { data, text } = await operate<{ operatorId: string; token: string } | null>(
    "POST",
    "/operators",
    body,
    headers,
  );
  if (!data) throw new Error(`createOperator: ${text}`);
  return { ...data, auth: { authorization: `Bearer ${data.token}` } };
}
