/**
 * Operator API: search over all tenants. Ids and URLs contain where they belong, so that few tenants' objects are asked:
 * how many, and for how long, is bounded.
 */
import { type AppContext, type AppRoutes, directoryOf, tenantObject } from "../context.ts";
import { readSearchTerm, type SearchTerm } from "../domain/search-term.ts";
import type { ListedTenant } from "../domain/tenant-report.ts";
import { attempt } from "../lib/attempt.ts";
import { isoTime } from "../lib/iso-time.ts";
import { SearchParameters } from "../schemas/operator.ts";
import type { SearchResult } from "../tenant/handlers/search.ts";
import { readParameters } from "./operator.ts";
import { respond } from "./support/responses.ts";
import { callObject } from "./support/tenant-object.ts";

/** Most results of each kind of source: of the Directory, and of the tenants' objects together. */
const MAX_RESULTS = 50;
/** Most tenants' objects that one search asks. */
const MAX_ASKED = 200;
const ASKED_AT_ONCE = 20;
/** Characters of a whole key id, which one tenant has: the search ends where it is found. */
const WHOLE_KEY_ID = 20;
/** No object is asked after this time; a call that is under way ends some seconds later. */
const ASKING_MS = 8_000;

/** Adds the operator's route of the search. */
export function addSearchRoutes(routes: AppRoutes): void {
  routes.get("/search", search);
}

/** A part of the results, and whether there may be more. */
interface Found<T> {
  readonly items: readonly T[];
  readonly incomplete: boolean;
}

async function search(c: AppContext): Promise<Response> {
  const { q } = readParameters(c, SearchParameters());
  const term = readSearchTerm(q);
  const [tenants, things] = await Promise.all([tenantsNamed(c, q), term === null ? NOTHING : thingsOf(c, term)]);
  const named = tenants.items.map(({ tenantId, name, status, createdAt }) => ({
    kind: "tenant",
    tenantId,
    name,
    status,
    createdAt: isoTime(createdAt),
  }));
  return respond(c, {
    results: [...things.items, ...named],
    incomplete: tenants.incomplete || things.incomplete,
  });
}

const NOTHING: Found<never> = { items: [], incomplete: false };

async function tenantsNamed(c: AppContext, q: string): Promise<Found<ListedTenant>> {
  const listed = await fromDirectory(directoryOf(c).list(null, MAX_RESULTS + 1, q));
  if (listed === null) return { items: [], incomplete: true };
  return { items: listed.slice(0, MAX_RESULTS), incomplete: listed.length > MAX_RESULTS };
}

/** Asks the tenants that the Directory names until all have responded, or a bound is reached. */
async function thingsOf(c: AppContext, { wanted, tenantId }: SearchTerm): Promise<Found<SearchResult>> {
  const { taskId, keyId } = wanted;
  const ids = await fromDirectory(directoryOf(c).searched({ tenantId, taskId, keyId }, MAX_ASKED + 1));
  if (ids === null) return { items: [], incomplete: true };
  const isOne = keyId?.length === WHOLE_KEY_ID;
  const until = Date.now() + ASKING_MS;
  const results: SearchResult[] = [];
  let incomplete = false;
  const waiting = ids.slice(0, MAX_ASKED).values();
  const askInTurn = async () => {
    for (const id of waiting) {
      if (isOne && results.length > 0) return;
      if (Date.now() >= until || results.length > MAX_RESULTS) {
        incomplete = true;
        return;
      }
      const call = await callObject(id, tenantObject(c, id).search(wanted, MAX_RESULTS + 1));
      if (call.responded) results.push(...(call.value ?? []));
      else incomplete = true;
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askInTurn));
  return {
    items: results.slice(0, MAX_RESULTS),
    incomplete:
      (incomplete || ids.length > MAX_ASKED || results.length > MAX_RESULTS) && !(isOne && results.length > 0),
  };
}

/** Waits for the Directory. @returns null if it does not respond: a search shows what it can find without */
const fromDirectory = <T>(call: Promise<T>) => attempt(call, "directory");
