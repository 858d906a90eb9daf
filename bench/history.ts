/** The state of a gateway in which one tenant has a long history. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient, type NewTenant } from "../scripts/gateway-client.ts";
import { startSimulator } from "../simulator/index.ts";
import type { Bundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import { BODY, createTenants, tokenOf } from "./tenants.ts";

const DAY_MS = 86_400_000;
/** Metadata of every task of the history. */
export const HISTORY_METADATA = { source: "history", customer: "one of many" } as const;

/** What was made, and for whom. */
export interface History {
  /** The tenant with the history. */
  readonly grown: NewTenant;
  /** A tenant of the same gateway with one task. */
  readonly empty: NewTenant;
  /** Another one, for what must come before a measurement. */
  readonly other: NewTenant;
  /** The database of the tenant with the history. */
  readonly file: string;
  /** Size of that. */
  readonly bytes: number;
}

/** How much is made. */
export interface HistorySize {
  readonly stored: number;
  readonly running: number;
  /** End users with limits, with use of today, and with a client token each. */
  readonly endUsers?: number;
}

/**
 * The rows of one completed and one running task of a tenant are repeated in the SQLite file of its object, while the gateway is stopped:
 * whatever tables there are, their rows of a task come with it. The copies' ledger entries are not folded into usage; the tenant's next
 * report folds them, a second after the next change.
 */
export async function seedHistory(
  bundle: Bundle,
  folder: string,
  { stored, running, endUsers = 0 }: HistorySize,
): Promise<History> {
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }] });
  const settings = { POLL_MIN_MS: "200", POLL_MAX_MS: "400", ALLOW_PRIVATE_URLS: "true" };
  const gateway = await startGateway(bundle, simulator.url, folder, { settings });
  const [grown] = await createTenants(gateway.url, 1);
  if (!grown) throw new Error("no tenant");
  const client = new GatewayClient(gateway.url, grown.key);
  const submit = async (submitter: GatewayClient, plan: string, key: string) => {
    const prompt = `${"a cat on a roof at night, ".repeat(12)}[[sim: ${plan}]]`;
    const body = { ...(JSON.parse(BODY) as object), prompt, metadata: HISTORY_METADATA };
    return (await submitter.submit(body, { "x-idempotency-key": key })).taskId;
  };
  const endUser = new GatewayClient(gateway.url, await tokenOf(client, "ann"));
  const completed = await submit(endUser, "queueMs=10 generateMs=100", "completed");
  await client.untilEnded(completed);
  while (!(await client.query(completed)).results.every(({ mirrored }) => mirrored)) await sleep(200);
  const unfinished = await submit(client, "never", "running");
  while ((await client.query(unfinished)).progress === 0) await sleep(200);
  const objects = join(folder, "objects/bench-Tenant");
  const [name] = readdirSync(objects).filter((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite");
  if (name === undefined) throw new Error("the object has no database");
  const [empty, other] = await createTenants(gateway.url, 2);
  if (!empty || !other) throw new Error("no tenant");
  for (const { key } of [empty, other]) await submit(new GatewayClient(gateway.url, key), "never", "running");
  await gateway.server.stop();
  await simulator.close();

  const file = join(objects, name);
  const database = new DatabaseSync(file);
  try {
    database.exec("BEGIN");
    repeatTask(database, completed, stored, null);
    repeatTask(database, unfinished, running, Date.now());
    addWaitingDeliveries(database, completed, stored);
    addEndUsers(database, endUsers);
    database.exec("DELETE FROM meta WHERE name = 'rollup'; COMMIT;");
    database.exec("ANALYZE; DROP TABLE IF EXISTS sqlite_stat1; PRAGMA wal_checkpoint(TRUNCATE);");
    const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    const { page_size } = database.prepare("PRAGMA page_size").get() as { page_size: number };
    return { grown, empty, other, file, bytes: page_count * page_size };
  } finally {
    database.close();
  }
}

/** Each has limits, one task of today in usage, and a client token that has made it. */
function addEndUsers(database: DatabaseSync, count: number): void {
  const { model } = JSON.parse(BODY) as { model: string };
  const limits = database.prepare("INSERT INTO end_users VALUES (?, 0, 1000, 10000, 100, 10)");
  const usage = database.prepare("INSERT INTO usage VALUES (?, 'key_0000000000000000', ?, ?, 1, 5, 1, 0, 0)");
  const token = database.prepare(
    "INSERT INTO client_tokens (token_id, tasks, credits, expires_at, end_user) VALUES (?, 1, 5, ?, ?)",
  );
  const now = Date.now();
  for (let one = 1; one <= count; one += 1) {
    const name = `user-${one}`;
    limits.run(name);
    usage.run(Math.floor(now / DAY_MS), model, name);
    token.run(`tok_${one.toString(16).padStart(16, "0")}`, now + DAY_MS, name);
  }
}

/** As many deliveries whose next attempt is a day away: nothing is sent, and all of them are due some time. */
function addWaitingDeliveries(database: DatabaseSync, taskId: number, count: number): void {
  const insert = database.prepare(
    `INSERT INTO deliveries (event_id, webhook_id, type, at, url, due_at, attempts, log)
     VALUES (?, ?, 'task.completed', ?, 'https://receiver.invalid/', ?, 1, '[]')`,
  );
  const now = Date.now();
  for (let copy = 1; copy <= count; copy += 1) {
    insert.run(taskId - copy * ID_STEP, `msg_${copy}`, now, now + DAY_MS + copy);
  }
}

type Row = Record<string, string | number | null>;

/** Ids of copies count down from the original's, so that ids to come stay free. A task id has 13 bits below its time. */
const ID_STEP = 8_192;

/** @param dueFrom spreads due times over the ten seconds from then on (ms since epoch); null: leaves them as they are */
function repeatTask(database: DatabaseSync, taskId: number, times: number, dueFrom: number | null): void {
  // Triggers on `tasks` fill `task_metadata`.
  const statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'task_metadata'";
  const tables = database.prepare(statement).all() as { name: string }[];
  for (const { name } of tables) {
    const columns = database.prepare(`PRAGMA table_info("${name}")`).all() as { name: string; pk: number }[];
    if (!columns.some((column) => column.name === "task_id")) continue;
    const rows = database.prepare(`SELECT * FROM "${name}" WHERE task_id = ?`).all(taskId) as Row[];
    const marks = columns.map(() => "?").join(",");
    const insert = database.prepare(
      `INSERT OR IGNORE INTO "${name}" (${columns.map((column) => column.name).join(",")}) VALUES (${marks})`,
    );
    const keys = new Set(columns.filter(({ pk }) => pk > 0).map((column) => column.name));
    for (let copy = 1; copy <= times; copy += 1) {
      for (const row of rows) insert.run(...columns.map((column) => copied(column.name, row, copy, keys, dueFrom)));
    }
  }
}

function copied(column: string, row: Row, copy: number, keys: ReadonlySet<string>, dueFrom: number | null) {
  const value = row[column] ?? null;
  if (column === "due_at" && value !== null && dueFrom !== null) return dueFrom + ((copy * 7) % 10_000);
  if (column !== "task_id" && !keys.has(column)) return value;
  return typeof value === "number" ? value - copy * ID_STEP : value === null ? null : `${value}-${copy}`;
}
