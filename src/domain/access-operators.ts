/** `ACCESS_OPERATORS`: which people behind Cloudflare Access may do what (contract section 9, "Scopes of operators"). */
import { OPERATOR_SCOPES, type OperatorIdentity, type OperatorScope } from "./operator-scopes.ts";

/** One entry: an e-mail address, or `@` and a domain for all addresses in it. */
export interface AccessEntry {
  readonly email: string;
  readonly isRoot: boolean;
  readonly scopes: readonly OperatorScope[];
}

/** An address or `@domain`, an equals sign, and `root` or scopes joined by plus signs. A `*` would match nobody. */
const ENTRY = /^([^\s@=*]*@[^\s@=*]+\.[^\s@=*]+)=([a-z]+(?:\+[a-z]+)*)$/;

/** @returns the entries of `ann@example.com=root,@example.com=read+metrics`, or null for any other text */
export function parseAccessOperators(text: string): AccessEntry[] | null {
  const entries = text.split(",").map((entry): AccessEntry | null => {
    const [, email = "", role = ""] = entry.trim().match(ENTRY) ?? [];
    const scopes =
      role === "root" ? OPERATOR_SCOPES : OPERATOR_SCOPES.filter((scope) => role.split("+").includes(scope));
    const isWhole = role === "root" || scopes.length === role.split("+").length;
    return email !== "" && isWhole ? { email: email.toLowerCase(), isRoot: role === "root", scopes } : null;
  });
  const known = entries.filter((entry) => entry !== null);
  return known.length === entries.length && new Set(known.map(({ email }) => email)).size === known.length
    ? known
    : null;
}

/** Most characters of an address (RFC 5321), which is in the audit log and in log lines. */
const MAX_CHARACTERS = 320;
/** One `@`, and nothing that breaks a line or looks like another address. */
const ADDRESS = /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u;

/**
 * Returns the operator with this address, by its own entry or else by that of its domain; null without one, and for a text
 * that is no address.
 */
export function operatorOfEmail(entries: readonly AccessEntry[], email: string): OperatorIdentity | null {
  if (email.length > MAX_CHARACTERS || !ADDRESS.test(email)) return null;
  const address = email.toLowerCase();
  const domain = address.slice(address.lastIndexOf("@"));
  const entry = entries.find((one) => one.email === address) ?? entries.find((one) => one.email === domain);
  return entry ? { id: address, name: address, isRoot: entry.isRoot, scopes: entry.scopes, expiresAt: null } : null;
}
