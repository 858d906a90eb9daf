/** The Directory's methods for operators, their sessions, their webhook and the brand; the base of the Directory. */
import { DurableObject } from "cloudflare:workers";
import { type Actor, type AuditedChange, auditEntry } from "../domain/audit.ts";
import type { Brand, BrandSettings } from "../domain/brand.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { ROOT, ROOT_ID } from "../domain/operator-scopes.ts";
import { type Bucket, take } from "../domain/token-bucket.ts";
import { type ApiError, apiError } from "../errors.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import { isSame } from "../lib/is-same.ts";
import { migrate } from "../lib/migrations.ts";
import { AuditLog, type AuditPage, type AuditQuery, type PreviousAuditRow, SIGN_IN } from "./audit-log.ts";
import { BrandStore, type Logo } from "./branding.ts";
import { DIRECTORY_MIGRATIONS } from "./migrations.ts";
import { openParts } from "./open-parts.ts";
import {
  type Manager,
  MOST_OPERATORS,
  type NewToken,
  type OperatorRecord,
  OperatorRegister,
  type OperatorSettings,
  type TokenHolder,
} from "./operator-register.ts";
import { OperatorSessionStore, SESSION_MS, type SessionRow } from "./operator-sessions.ts";
import type { OperatorWebhookSettings, OperatorWebhookView } from "./operator-webhook.ts";
import { type DirectoryParts, OPERATOR_ORIGIN } from "./parts.ts";

/** Sign-ins of one operator a minute: each is an event in the audit log. */
const SIGN_INS_PER_MINUTE = 20;

/** Operators, sessions, webhook, brand and the audit log. */
export class OperatorDirectory extends DurableObject<Bindings> {
  protected readonly parts: DirectoryParts;
  protected readonly audit: AuditLog;
  readonly #operators: OperatorRegister;
  readonly #sessions: OperatorSessionStore;
  readonly #brand: BrandStore;
  /** In memory on purpose: losing a bucket allows at most a minute's extra sign-ins. */
  readonly #signIns = new ExpiringMap<Bucket>(MOST_OPERATORS + 1);

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    migrate(ctx.storage, DIRECTORY_MIGRATIONS);
    this.parts = openParts(ctx, () => this.env);
    this.audit = new AuditLog(ctx.storage.sql);
    this.#operators = new OperatorRegister(ctx.storage.sql, this.audit);
    this.#sessions = new OperatorSessionStore(ctx.storage.sql);
    this.#brand = new BrandStore(this.parts.settings);
  }

  /** Adds an operator; see `OperatorRegister.create`. */
  async createOperator(
    operatorId: string,
    settings: OperatorSettings,
    token: NewToken,
    by: Manager,
  ): Promise<OperatorRecord | ApiError> {
    return this.#inTransaction(() => this.#operators.create(operatorId, settings, token, by, Date.now()));
  }

  /** @returns the operator, or null if there is none with this id */
  async findOperator(operatorId: string): Promise<OperatorRecord | null> {
    return this.#operators.find(operatorId);
  }

  /** Returns one page of operators; see `OperatorRegister.list`. */
  async listOperators(before: number | null, limit: number): Promise<OperatorRecord[]> {
    return this.#operators.list(before, limit);
  }

  /** Changes an operator; see `OperatorRegister.patch`. */
  async patchOperator(
    operatorId: string,
    changes: Partial<OperatorSettings>,
    by: Manager,
  ): Promise<OperatorRecord | ApiError | null> {
    return this.#inTransaction(() => this.#operators.patch(operatorId, changes, by, Date.now()));
  }

  /** Deletes an operator. @returns false for an unknown one */
  async deleteOperator(operatorId: string, by: Manager): Promise<boolean> {
    return this.#inTransaction(() => {
      this.#sessions.endAll(operatorId);
      return this.#operators.remove(operatorId, by, Date.now());
    });
  }

  /** Gives an operator a new token; see `OperatorRegister.rotate`. */
  async rotateOperator(
    operatorId: string,
    token: NewToken,
    overlapMs: number,
    by: Manager,
  ): Promise<OperatorRecord | ApiError | null> {
    return this.#inTransaction(() => this.#operators.rotate(operatorId, token, overlapMs, by, Date.now()));
  }

  /** @returns the operator whose token has this hash, or null if it is none that works now */
  async operatorOfToken(operatorId: string, hash: string): Promise<TokenHolder | null> {
    return this.#operators.holder(operatorId, hash, Date.now());
  }

  /**
   * Opens a session of the console.
   *
   * @returns when it ends at the latest, in ms since epoch; an error (70001) if the operator signs in too often
   */
  async openOperatorSession(
    session: Pick<SessionRow, "hash" | "operatorId" | "tokenHash">,
    actor: Actor,
  ): Promise<{ readonly expiresAt: number } | ApiError> {
    const now = Date.now();
    const known = this.#signIns.get(session.operatorId, now) ?? null;
    const { allowed, bucket, retryAfterSeconds } = take(known, { perMinute: SIGN_INS_PER_MINUTE }, now);
    if (!allowed) return apiError(70001, "Too many sign-ins of this operator", { retryAfterSeconds });
    this.#signIns.set(session.operatorId, bucket, now + MINUTE_MS);
    return this.#inTransaction(() => {
      this.#sessions.open(session, now);
      this.enterChange(null, actor, { action: SIGN_IN });
      return { expiresAt: now + SESSION_MS };
    });
  }

  /** @returns the operator of a session, and extends it; null for a session that has ended, or whose token has */
  async operatorOfSession(hash: string): Promise<TokenHolder | null> {
    const now = Date.now();
    const session = this.#sessions.use(hash, now);
    if (session?.operatorId === ROOT_ID) return { operator: ROOT, validUntil: session.expiresAt };
    return session && this.#operators.holder(session.operatorId, session.tokenHash ?? "", now);
  }

  /** @returns the sessions of an operator whose tokens still work, newest first; `root` is an operator here */
  async operatorSessions(operatorId: string): Promise<Omit<SessionRow, "tokenHash">[]> {
    const now = Date.now();
    const isValid = ({ tokenHash }: SessionRow) =>
      operatorId === ROOT_ID || this.#operators.valid(operatorId, tokenHash ?? "", now) !== null;
    const sessions = this.#sessions.list(operatorId, now).filter(isValid);
    return sessions.map(({ tokenHash: _, ...session }) => session);
  }

  /** Ends one session. */
  async endOperatorSession(hash: string): Promise<void> {
    this.#sessions.end(hash);
  }

  /** Ends one session of an operator. @param sessionId beginning of its hash. @returns false for an unknown one */
  async endOperatorSessionById(operatorId: string, sessionId: string, actor: Actor): Promise<boolean> {
    return this.#inTransaction(() => {
      const sessions = this.#sessions.list(operatorId, Date.now());
      const session = sessions.find(({ hash }) => hash.startsWith(sessionId));
      if (session === undefined) return false;
      this.#sessions.end(session.hash);
      this.enterChange(null, actor, { action: "operator-session.end", target: operatorId, before: { sessionId } });
      return true;
    });
  }

  /** Ends all sessions of an operator. @returns their number */
  async endOperatorSessions(operatorId: string, actor: Actor): Promise<number> {
    return this.#inTransaction(() => {
      const ended = this.#sessions.endAll(operatorId);
      if (ended === 0) return 0;
      this.enterChange(null, actor, { action: "operator-sessions.end", target: operatorId, after: { ended } });
      return ended;
    });
  }

  /**
   * Returns one page of the audit log; see `AuditLog.list`. Without `query` the Worker is of the previous release: it gets
   * the entries alone, with the actor's name for the kind.
   *
   * @param before `seq` of the last entry of the previous page, which is all that a cursor of the previous release has
   */
  async listAudit(
    before: number | null,
    limit: number,
    tenantId: string | null,
    query?: AuditQuery,
  ): Promise<AuditPage | PreviousAuditRow[]> {
    const after = query?.after ?? (before === null ? null : this.audit.cursorAt(before));
    if (query) return this.audit.list(after, limit, query);
    const { rows } = this.audit.list(after, limit, { actor: null, action: null, tenantId, from: null, to: null });
    return rows.map(({ actorId: _, actorName, ...row }) => ({ ...row, actor: actorName }));
  }

  /** Returns the brand; its logo without the bytes. */
  async brand(): Promise<Brand> {
    return this.#brand.get();
  }

  /** @returns the logo with its bytes, or null without a logo */
  async brandLogo(): Promise<Logo | null> {
    return this.#brand.logo();
  }

  /** Replaces the brand but for its logo. */
  async putBrand(settings: BrandSettings, actor: Actor): Promise<Brand> {
    return this.#rebrand(actor, () => this.#brand.put(settings));
  }

  /** @param logo null removes the logo */
  async putBrandLogo(logo: Logo | null, actor: Actor): Promise<Brand> {
    return this.#rebrand(actor, () => this.#brand.putLogo(logo));
  }

  #rebrand(actor: Actor, change: () => Brand): Brand {
    return this.#inTransaction(() => {
      const before = this.#brand.get();
      const after = change();
      if (isSame(after, before)) return after;
      this.enterChange(null, actor, { action: "branding.update", before, after });
      return after;
    });
  }

  // ---- origin ----------------------------------------------------------------------------------------------------

  /** Records the origin of an authenticated call of the operator (contract section 9, "Settings"). */
  async recordOperatorOrigin(origin: string): Promise<void> {
    if (this.parts.settings.get(OPERATOR_ORIGIN) !== origin) this.parts.settings.put(OPERATOR_ORIGIN, origin);
  }

  /** @returns the origin of the last authenticated call of the operator, or null before the first */
  async operatorOrigin(): Promise<string | null> {
    return this.parts.settings.get(OPERATOR_ORIGIN);
  }

  // ---- webhook ---------------------------------------------------------------------------------------------------

  async operatorWebhook(): Promise<OperatorWebhookView | ApiError> {
    return this.parts.webhook.get();
  }

  /** Sets the operator's endpoint. @param wanted validated. @returns its secret if it was created now */
  async putOperatorWebhook(wanted: OperatorWebhookSettings, actor: Actor) {
    // Paths of such URLs are secrets, so the audit log has the host only.
    const { url, ...rest } = wanted;
    const after = { host: new URL(url).host, ...rest };
    return this.#changeWebhook(actor, { action: "operator_webhook.update", after }, () =>
      this.parts.webhook.put(wanted),
    );
  }

  /** Removes the operator's endpoint and what waits for it. */
  async deleteOperatorWebhook(actor: Actor) {
    return this.#changeWebhook(actor, { action: "operator_webhook.delete" }, () => this.parts.webhook.remove());
  }

  /** Creates a new secret; both sign for 24 h. */
  async rotateOperatorWebhook(actor: Actor) {
    return this.#changeWebhook(actor, { action: "operator_webhook.rotate" }, () => this.parts.webhook.rotate());
  }

  /** Sends one `webhook.test` and waits for its response. */
  async testOperatorWebhook() {
    return this.parts.webhook.test();
  }

  #changeWebhook<T extends object>(actor: Actor, change: AuditedChange, work: () => T): T {
    return this.#inTransaction(() => {
      const before = this.parts.webhook.get();
      const done = work();
      if (!("status" in done) && !isSame(done, before)) this.enterChange(null, actor, change);
      return done;
    });
  }

  // ---- audit -----------------------------------------------------------------------------------------------------

  /** Records a change in the audit log, inside its transaction. */
  protected enterChange(tenantId: string | null, actor: Actor, change: AuditedChange): void {
    const now = Date.now();
    this.audit.enter(tenantId, auditEntry(actor, change, { id: crypto.randomUUID(), at: now }));
    this.audit.removeOld(null, now);
  }

  /** Runs one change of an operator together with its entry in the audit log. */
  #inTransaction<T>(change: () => T): T {
    return this.ctx.storage.transactionSync(() => {
      const result = change();
      this.audit.removeOld(null, Date.now());
      return result;
    });
  }
}
