/**
 * Credentials whose rate limit is used up, for as long as that is certain: so a flood of a tenant's requests is refused by
 * the isolate that it reaches, before their bodies are read, and costs the tenant's object nothing. A bucket that was found
 * empty stays empty until its next token is due, whoever else takes from it. Only a limit that is raised, or a bucket that
 * is lost with its object's memory, is noticed later: by a second at most, in the isolate that raised it at once.
 */
import type { Caller, Denied } from "../tenant/api.ts";

const MAX_MS = 1_000;
const MAX_REMEMBERED = 1_000;

interface Spent {
  /** ms since epoch. */
  readonly untilMs: number;
  readonly denied: Denied;
}

const spent = new Map<string, Spent>();

/** Remembers a refusal by the rate limit; any other is nothing to remember. */
export function rememberSpent(caller: Caller, denied: Denied): void {
  const { spentForMs = 0 } = denied;
  if (spentForMs < 1) return;
  if (spent.size >= MAX_REMEMBERED) spent.clear();
  spent.set(nameOf(caller), { untilMs: Date.now() + Math.min(spentForMs, MAX_MS), denied });
}

/** @returns what this credential was refused with, if it would be refused with the same now; else null */
export function stillSpent(caller: Caller): Denied | null {
  const found = spent.get(nameOf(caller));
  return found && Date.now() < found.untilMs ? found.denied : null;
}

/** Limits may have changed. */
export function forgetSpent(): void {
  spent.clear();
}

/** A credential's name in this isolate: both are unguessable, and one of neither kind can be the other's. */
export function nameOf(caller: Caller): string {
  return caller.kind === "key" ? caller.keyHash : caller.claims.tokenId;
}
