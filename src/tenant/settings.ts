/** Settings of tenants and keys, and how both are shown. They cross the RPC boundary, so changes only add. */
import type { EndpointTrouble } from "../domain/delivery.ts";
import type { KeyKind } from "../domain/key-format.ts";
import type { PriceRule } from "../domain/price-list.ts";
import type { Scope } from "./permissions.ts";

/** Settings of a tenant as the operator sets and sees them (contract section 6). */
export interface TenantSettings {
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly billing: "unmetered" | "prepaid";
  readonly markup: number;
  readonly requestsPerMinute: number;
  readonly concurrentTasks: number;
  readonly monthlyCredits: number | null;
  /** Null: all models. */
  readonly models: readonly string[] | null;
  /** Null: the deployment's RETENTION_DAYS; 0: for ever. */
  readonly retentionDays: number | null;
  readonly filesVisibility: "public" | "signed";
  readonly lowBalance: number | null;
  /** The tenant's own price list (domain/price-list.ts), which precedes the one for all tenants. Null: none. */
  readonly prices: readonly PriceRule[] | null;
  /** The operator's own id of the tenant. The Directory decides who has it; this is a copy. */
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly note: string | null;
  /** E-mail addresses that may ask for a portal link, each with the role of its link. Missing in records of earlier releases. */
  readonly portalEmails: PortalEmails | null;
  /** Where the object was created; null: near the operator. */
  readonly region: Region | null;
}

/** Roles of a tenant's people in the portal by their e-mail addresses, as `parseEmailAddress` writes them. */
export type PortalEmails = Readonly<Record<string, "viewer" | "admin">>;

/** Location hints of the platform for a new object. */
export const REGIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;
/** A location hint. */
export type Region = (typeof REGIONS)[number];

/** Settings of a tenant that was created with only a name. */
export const DEFAULT_SETTINGS: Omit<TenantSettings, "name"> = {
  status: "active",
  billing: "unmetered",
  markup: 1,
  requestsPerMinute: 60,
  concurrentTasks: 10,
  monthlyCredits: null,
  models: null,
  retentionDays: null,
  filesVisibility: "public",
  lowBalance: null,
  prices: null,
  externalId: null,
  metadata: null,
  note: null,
  portalEmails: null,
  region: null,
};

/** A tenant as shown to the operator. */
export interface TenantView extends TenantSettings {
  readonly tenantId: string;
  readonly createdAt: string;
  /** Time of the latest task; null: none. An object of an earlier release leaves it out. */
  readonly lastActiveAt: string | null;
  readonly balance: number;
  readonly runningTasks: number;
  /** What is wrong with the webhook endpoint; null: nothing, or there is none. An object of an earlier release leaves it out. */
  readonly webhook: EndpointTrouble | null;
}

/** Settings of a key. */
export interface KeySettings {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly allowedOrigins: readonly string[] | null;
  /** ms since epoch. */
  readonly expiresAt: number | null;
  readonly requestsPerMinute: number | null;
  readonly monthlyCredits: number | null;
  readonly concurrentTasks: number | null;
  /** Addresses and CIDR ranges as `parseAddressRange` writes them; null: any. */
  readonly allowedIps: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/**
 * Settings of a key that was created with only a kind, which determines the scopes and the name. A setting can be null
 * only if its default is.
 */
export const DEFAULT_KEY_SETTINGS: Omit<KeySettings, "name" | "scopes"> = {
  models: null,
  allowedOrigins: null,
  expiresAt: null,
  requestsPerMinute: null,
  monthlyCredits: null,
  concurrentTasks: null,
  allowedIps: null,
  metadata: null,
};

/** Names of all settings of a key: what its view and its row take from them. */
export const KEY_SETTING_NAMES = [
  "name",
  "scopes",
  ...Object.keys(DEFAULT_KEY_SETTINGS),
] as readonly (keyof KeySettings)[];

/** A key as shown in lists, without its text. */
export interface KeyView extends Omit<KeySettings, "expiresAt"> {
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly expiresAt: string | null;
  readonly status: "active" | "revoked" | "expired";
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
  /** The secret that signed the key: the first of SIGNING_SECRETS, a later one, or a removed one. */
  readonly signedWith: "first" | "later" | "removed";
  /** After a rotation: when the last of the previous texts ends, and which secret signed it. */
  readonly previous: { readonly expiresAt: string; readonly signedWith: "first" | "later" | "removed" } | null;
}
