/** Operators and what they may do (contract section 6 and section 9, "Scopes of operators"). */

/** The scopes of an operator. */
export const OPERATOR_SCOPES = ["metrics", "read", "billing", "tenants", "operators"] as const;
/** One scope of an operator. */
export type OperatorScope = (typeof OPERATOR_SCOPES)[number];

/** The operator that a request was authenticated as. */
export interface OperatorIdentity {
  /** `root`, an operatorId, or the e-mail address of a person behind Cloudflare Access. */
  readonly id: string;
  readonly name: string;
  /** Only root has `isRoot`: it may do everything, also what no scope covers. */
  readonly isRoot: boolean;
  readonly scopes: readonly OperatorScope[];
  /** ms since epoch; null: never. */
  readonly expiresAt: number | null;
}

/** The id of root in responses, sessions and the audit log. */
export const ROOT_ID = "root";

/** The operator of `ADMIN_TOKEN`. */
export const ROOT: OperatorIdentity = {
  id: ROOT_ID,
  name: ROOT_ID,
  isRoot: true,
  scopes: OPERATOR_SCOPES,
  expiresAt: null,
};

/** @returns the scopes among `wanted` that the operator can not give to others; `read` includes `metrics` */
export function scopesBeyond(
  { isRoot, scopes }: Pick<OperatorIdentity, "isRoot" | "scopes">,
  wanted: readonly OperatorScope[],
): OperatorScope[] {
  if (isRoot) return [];
  return wanted.filter((scope) => !(scopes.includes(scope) || (scope === "metrics" && scopes.includes("read"))));
}
