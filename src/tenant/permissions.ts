/**
 * Who may call what: the one table for the tenant API's routes and the tenant's object. A route checks the entry before
 * it refuses a malformed request; the object checks the same entry before it works.
 */
import type { KeyKind } from "../domain/key-format.ts";

/** The scopes of a key. */
export const SCOPES = ["generate", "read", "files", "tokens", "webhooks", "portal"] as const;
/** One scope of a key. */
export type Scope = (typeof SCOPES)[number];
/** The scopes of a secret key that was created without any. A link to the portal can do what no key can. */
export const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== "portal");

/** The kinds of credentials of a tenant; `portal` is the session of a person in the portal. */
export type CredentialKind = KeyKind | "token" | "portal";

/** Permission that a call requires. */
export interface Permission {
  /** Null: any valid credential. */
  readonly scope: Scope | null;
  /** The kinds of credentials that may make this call. */
  readonly allow: readonly CredentialKind[];
}

const SECRET = ["secret"] as const;
const TOKEN = ["token"] as const;
const OWN_TASKS = ["secret", "token"] as const;
const OWN_TASKS_AND_PORTAL = [...OWN_TASKS, "portal"] as const;
const EVERYONE = ["secret", "publishable", "token"] as const;

/**
 * Calls by name. Publishable keys submit, estimate and query tasks they made, and nothing else (contract
 * section 4). The portal's other calls are in handlers/portal.ts.
 */
export const PERMISSIONS = {
  /** For requests that are refused for another reason. */
  any: { scope: null, allow: EVERYONE },
  generate: { scope: "generate", allow: [...EVERYONE, "portal"] },
  query: { scope: "read", allow: EVERYONE },
  listTasks: { scope: "read", allow: OWN_TASKS },
  events: { scope: "read", allow: OWN_TASKS_AND_PORTAL },
  deleteTask: { scope: "generate", allow: OWN_TASKS },
  files: { scope: "files", allow: OWN_TASKS_AND_PORTAL },
  webhooks: { scope: "webhooks", allow: SECRET },
  mintToken: { scope: "tokens", allow: SECRET },
  endToken: { scope: "tokens", allow: SECRET },
  endUsers: { scope: "tokens", allow: SECRET },
  ownToken: { scope: null, allow: TOKEN },
  account: { scope: "read", allow: SECRET },
  models: { scope: "read", allow: OWN_TASKS },
  portalLinks: { scope: "portal", allow: SECRET },
} as const satisfies Readonly<Record<string, Permission>>;

/** Names of the calls. */
export type PermissionName = keyof typeof PERMISSIONS;

const CREDENTIALS: Readonly<Record<CredentialKind, string>> = {
  secret: "a secret key",
  publishable: "a publishable key",
  token: "a client token",
  portal: "the portal",
};

/** @param scopes of the key, or of the key that minted the token. @returns why the credential may not make a call, or null */
export function permissionProblem(
  { scope, allow }: Permission,
  kind: CredentialKind,
  scopes: readonly Scope[],
): string | null {
  if (!allow.includes(kind)) return `This call needs ${allow.map((one) => CREDENTIALS[one]).join(" or ")}`;
  return scope === null || scopes.includes(scope) ? null : `The key does not have the scope \`${scope}\``;
}
