/**
 * One tenant's real parts over a real object's database, with an upstream that follows a script and a clock that only the
 * test moves: thousands of decisions a second, and crashes that lose exactly what a crash loses.
 */
import type { Config } from "../../src/config.ts";
import { importSigningSecrets, type SigningSecret } from "../../src/domain/signing-secrets.ts";
import type { TaskRow } from "../../src/domain/task.ts";
import { migrate } from "../../src/lib/migrations.ts";
import type { Caller, GenerateJob } from "../../src/tenant/api.ts";
import { generate } from "../../src/tenant/handlers/generate.ts";
import { createKey } from "../../src/tenant/handlers/keys.ts";
import { addRetentionJobs } from "../../src/tenant/handlers/retention.ts";
import { addTenantDeletionJob } from "../../src/tenant/handlers/tenant-deletion.ts";
import { TENANT_MIGRATIONS } from "../../src/tenant/migrations.ts";
import { PERMISSIONS, type Permission, SCOPES } from "../../src/tenant/permissions.ts";
import type { DirectoryPort } from "../../src/tenant/ports.ts";
import type { Access } from "../../src/tenant/rules/access.ts";
import { TenantServices } from "../../src/tenant/services.ts";
import { DEFAULT_KEY_SETTINGS, DEFAULT_SETTINGS, type TenantSettings } from "../../src/tenant/settings.ts";
import { ENTRIES, type LedgerRow } from "../../src/tenant/store/ledger.ts";
import { readTaskRow } from "../../src/tenant/store/task-row.ts";
import { type Script, ScriptedUpstream } from "./scripted-upstream.ts";

/** So far ahead that no alarm set by this clock ever fires by the real one. */
const STARTS_AT = Date.UTC(2040, 0, 31, 22);
/** No call to the upstream may take longer (task-lifecycle.ts). */
const LONGEST_CALL_MS = 120_000;
const TENANT_ID = "ten_00000000000000000001";

const NO_DIRECTORY: DirectoryPort = {
  report: async () => ({ shared: null }),
  priceOf: async () => ({ credits: null, shared: { version: 0, rules: [] } }),
  remove: async () => {},
  enterAudit: async () => {},
  operatorOrigin: async () => null,
  purgeFiles: async () => {},
};

/** A database that stops working for whoever still holds it after the crash. */
function mortal(storage: DurableObjectStorage) {
  const life = { over: false };
  const nothing = { toArray: () => [], one: () => ({}) };
  const sql = {
    get databaseSize() {
      return storage.sql.databaseSize;
    },
    exec: (query: string, ...values: SqlStorageValue[]) => (life.over ? nothing : storage.sql.exec(query, ...values)),
  };
  const handle = {
    sql,
    // Nobody is left to hear what was decided, be it one or many.
    transactionSync: (work: () => unknown) => (life.over ? [] : storage.transactionSync(work)),
    sync: () => (life.over ? new Promise(() => {}) : storage.sync()),
    setAlarm: async (at: number) => (life.over ? undefined : storage.setAlarm(at)),
  };
  return { life, handle: handle as unknown as DurableObjectStorage };
}

export interface Submission {
  readonly script: Script;
  /** Everything that decides the price. */
  readonly shape: string;
  readonly idempotencyKey: string | null;
  readonly byToken: boolean;
  readonly webhookUrl?: string;
}

export class ScriptedTenant {
  readonly upstream = new ScriptedUpstream(() => this.#now);
  readonly #storage: DurableObjectStorage;
  #config: Config;
  readonly #secrets: readonly SigningSecret[];
  readonly #directory: DirectoryPort;
  readonly #errors: string[] = [];
  #now = STARTS_AT;
  #dice = 1;
  #life = { over: false };
  #services: TenantServices;
  #caller: { readonly key: Caller; readonly token: Caller } | null = null;

  private constructor(
    storage: DurableObjectStorage,
    config: Config,
    secrets: readonly SigningSecret[],
    directory: DirectoryPort,
  ) {
    this.#storage = storage;
    this.#directory = directory;
    this.#config = config;
    this.#secrets = secrets;
    this.#services = this.#bringUp();
  }

  /**
   * @param token bounds of the one client token that submissions may use
   * @param directory what of the Directory is not to be silent
   */
  static async create(
    storage: DurableObjectStorage,
    settings: Partial<TenantSettings> = {},
    token: { readonly maxTasks: number | null; readonly maxCredits: number | null } = {
      maxTasks: null,
      maxCredits: null,
    },
    directory: Partial<DirectoryPort> = {},
  ): Promise<ScriptedTenant> {
    migrate(storage, TENANT_MIGRATIONS);
    const record = {
      tenantId: TENANT_ID,
      createdAt: STARTS_AT,
      deletedAt: null,
      settings: {
        ...DEFAULT_SETTINGS,
        name: "scripted",
        requestsPerMinute: 10_000_000,
        concurrentTasks: 1_000,
        ...settings,
      },
    };
    storage.sql.exec("INSERT INTO meta (name, value) VALUES ('tenant', ?)", JSON.stringify(record));
    // Ids of its own, because what is known of a master key's trouble is shared by everything in this isolate.
    const masterKeys = ["a", "b"].map((name) => ({ id: `${name}-${crypto.randomUUID()}`, key: name }));
    const config: Config = {
      masterKeys,
      signingSecrets: ["secret"],
      adminTokens: [],
      upstreamBaseUrl: "",
      publicBaseUrl: null,
      access: null,
      pollMinMs: 5_000,
      pollMaxMs: 10_000,
      submitTimeoutMs: 3,
      taskDeadlineMs: 6 * 3_600_000,
      mirrorGraceMs: 60_000,
      defaultHoldCredits: 10,
      retentionDays: 0,
      tenantStorageBytes: 10_000_000_000,
      webhookRetrySeconds: [5],
      allowPrivateUrls: false,
      edgeCache: true,
      resizesImages: false,
      mailFrom: null,
    };
    const secrets = await importSigningSecrets(["secret"]);
    const scripted = new ScriptedTenant(storage, config, secrets, { ...NO_DIRECTORY, ...directory });
    const created = await createKey(scripted.services, "secret", {
      name: "key",
      scopes: SCOPES,
      ...DEFAULT_KEY_SETTINGS,
    });
    if (!("keyId" in created)) throw new Error(created.msg);
    const { keyId } = created;
    const keyHash = scripted.services.keys.get(keyId)?.hash ?? "";
    const claims = {
      tenantId: TENANT_ID,
      keyId,
      mintedBy: null,
      requestsPerMinute: null,
      concurrentTasks: null,
      tokenId: "tok_0000000000000001",
      endUser: "alice",
      issuedAt: STARTS_AT,
      expiresAt: STARTS_AT + 365 * 86_400_000,
      models: null,
      allowedOrigins: null,
      ...token,
    };
    scripted.#caller = {
      key: { kind: "key", keyId, keyHash, origin: null },
      token: { kind: "token", claims, origin: null },
    };
    return scripted;
  }

  get services(): TenantServices {
    return this.#services;
  }

  get masterKeys(): Config["masterKeys"] {
    return this.#config.masterKeys;
  }

  get settings(): TenantSettings {
    const tenant = this.#services.meta.tenant();
    if (tenant === null) throw new Error("not created yet");
    return tenant.settings;
  }

  get now(): number {
    return this.#now;
  }

  #bringUp(): TenantServices {
    const { life, handle } = mortal(this.#storage);
    this.#life = life;
    const services = new TenantServices({
      storage: handle,
      config: this.#config,
      secrets: this.#secrets,
      courier: this.upstream,
      directory: this.#directory,
      clock: { now: () => this.#now },
      random: {
        fraction: () => {
          // A sequence that any run repeats (Park and Miller).
          this.#dice = (this.#dice * 48_271) % 2_147_483_647;
          return this.#dice / 2_147_483_647;
        },
        bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      },
      log: (level, event, fields) => {
        if (level === "error" && !life.over) this.#errors.push(`${event} ${JSON.stringify(fields)}`);
      },
    });
    addRetentionJobs(services);
    addTenantDeletionJob(services);
    return services;
  }

  /** The object dies, with all that waits in memory, and comes back from what is on disk, perhaps with other settings. */
  async crash(changes: Partial<Config> = {}): Promise<void> {
    this.die(changes);
    await this.#work();
  }

  /** The object dies, and what comes back from what is on disk does nothing until time passes. */
  die(changes: Partial<Config> = {}): void {
    this.#life.over = true;
    this.#config = { ...this.#config, ...changes };
    this.#services = this.#bringUp();
  }

  /** Submits; the answer's status is 200 or the refusal's. */
  async submit({ script, shape, idempotencyKey, byToken, webhookUrl }: Submission): Promise<number> {
    const access = this.#access(PERMISSIONS.generate, byToken);
    const body = JSON.stringify(script);
    const job: GenerateJob = {
      body,
      model: "Imagen Nano Banana 2",
      type: "txt",
      taskType: 2,
      results: 1,
      shape,
      metadata: "{}",
      webhookUrl: webhookUrl ?? null,
      idempotency: idempotencyKey === null ? null : { key: idempotencyKey, fingerprint: body + shape },
      publicBaseUrl: "https://gateway.test",
      waitMs: 0,
    };
    const reply = await generate(this.#services, access, job);
    await this.settle();
    return "status" in reply ? reply.status : 200;
  }

  #access(permission: Permission, byToken: boolean): Access {
    if (this.#caller === null) throw new Error("not created yet");
    const access = this.#services.access.authorize(
      byToken ? this.#caller.token : this.#caller.key,
      permission,
      this.#now,
    );
    if (!access.ok) throw new Error(access.error.msg);
    return access;
  }

  /** Lets time pass; whatever is due then is done. */
  async advance(ms: number): Promise<void> {
    let left = ms;
    // Calls that hang come to their limit one after the other, and their work ends long before its lease.
    for (; left >= LONGEST_CALL_MS && this.upstream.isHanging; left -= LONGEST_CALL_MS) {
      this.#now += LONGEST_CALL_MS;
      this.upstream.giveUp();
      this.upstream.endDrips();
      await this.settle();
    }
    this.#now += left;
    this.upstream.endDrips();
    await turn();
    await this.#work();
  }

  async #work(): Promise<void> {
    await this.#services.queue.alarm();
    await this.settle();
    // As `endAlarm`, for which the clock would have to move.
    await this.#services.queue.arm();
  }

  /** Waits until nothing moves any more. */
  async settle(): Promise<void> {
    let quietRounds = 0;
    for (let before = -1; quietRounds < 3; ) {
      this.#services.commit.flush();
      await this.#services.commit.run(() => {});
      await turn();
      quietRounds = before === this.upstream.calls && this.upstream.late === 0 ? quietRounds + 1 : 0;
      before = this.upstream.calls;
    }
    if (this.#errors.length > 0) throw new Error(this.#errors.join("\n"));
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    // Retries, then deadlines, then the day after which a copy is given up.
    for (const [times, ms] of [
      [8, 130_000],
      [8, 3_600_000],
      [3, 90_000_000],
    ] as const) {
      for (let step = 0; step < times; step++) {
        if (this.tasks().every(({ due_at }) => due_at === null)) return;
        await this.advance(ms);
      }
    }
    if (this.tasks().every(({ due_at }) => due_at === null)) return;
    throw new Error("Not everything has come to its end");
  }

  tasks(): TaskRow[] {
    return this.#storage.sql.exec("SELECT * FROM tasks ORDER BY task_id").toArray().map(readTaskRow);
  }

  ledger(): LedgerRow[] {
    return this.#storage.sql.exec(`SELECT * FROM ${ENTRIES} ORDER BY entry_id`).toArray() as unknown as LedgerRow[];
  }
}

/** What other work does at this moment is done. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
