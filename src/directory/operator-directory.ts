/** The Directory's methods for operators and their sessions; the base of the Directory. */
import { DurableObject } from "cloudflare:workers";
import type { ApiError } from "../errors.ts";
import { migrate } from "../lib/migrations.ts";
import { type AuditCursor, type AuditFilter, AuditLog, type AuditPage } from "./audit-log.ts";
import { DIRECTORY_MIGRATIONS } from "./migrations.ts";
import {
  type Manager,
  type NewToken,
  type OperatorRecord,
  OperatorRegister,
  type OperatorSettings,
  type TokenHolder,
} from "./operator-register.ts";

/** Operators, sessions and the audit log. */
export class OperatorDirectory extends DurableObject<Bindings> {
  protected readonly audit: AuditLog;
  readonly #operators: OperatorRegister;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    migrate(ctx.storage, DIRECTORY_MIGRATIONS);
    this.audit = new AuditLog(ctx.storage.sql);
    this.#operators = new OperatorRegister(ctx.storage.sql, this.audit);
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
    return this.#inTransaction(() => this.#operators.remove(operatorId, by, Date.now()));
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

  /** Returns one page of the audit log; see `AuditLog.list`. */
  async auditPage(after: AuditCursor | null, limit: number, filter: AuditFilter): Promise<AuditPage> {
    return this.audit.list(after, limit, filter);
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
