/** A list of the API in numbered pages. Filters, sort and page are in the URL, so that going back finds the list as it was. */
import { type Api, type Query, queryText } from "../lib/api.ts";
import { listSetting, setListSettings } from "../lib/router.ts";
import { type Data, useLoad } from "./use-data.ts";
import { useSettings } from "./use-settings.ts";

/** Where a list comes from. */
export interface ListOptions<B, T> {
  readonly api: Api;
  readonly path: string;
  /** The rows of a response. */
  readonly rows: (body: B) => readonly T[];
  /** Names of settings that are parameters of the API too. */
  readonly filters?: readonly string[];
  /** Parameters beside those, from settings or fixed. */
  readonly query?: (setting: (name: string) => string) => Query;
  readonly limit?: number;
  /** Milliseconds until the page is loaded again; null: never. */
  readonly every?: (page: ListPage<B, T>) => number | null;
}

/** One page of a list. */
export interface ListPage<B, T> {
  readonly rows: readonly T[];
  readonly page: number;
  readonly isLast: boolean;
  /** The last response, for what it contains beside the rows. */
  readonly body: B;
}

/** A list: its page, and what leads to other pages. */
export interface List<B, T> extends Data<ListPage<B, T>> {
  readonly limit: number;
  /** Parameters of the list, for an export. */
  readonly query: Query;
  readonly isFiltered: boolean;
}

type Body = { readonly nextCursor: string | null };

/** Cursors of the pages of a list, by its address: "" is the first page. */
const trails = new Map<string, string[]>();
const MOST_TRAILS = 50;

/** A page may take several responses: a search looks through many rows and finds few. */
const MOST_RESPONSES = 40;

/** Loads the page of a list that the URL names. */
export function useList<B extends Body, T>(options: ListOptions<B, T>): List<B, T> {
  const { api, path, rows, filters = [], limit = 25 } = options;
  const setting = useSettings();
  const own = Object.fromEntries(filters.map((name) => [name, setting(name)]));
  const query: Query = { ...own, ...options.query?.(setting) };
  const wanted = Math.max(1, Number.parseInt(setting("page"), 10) || 1);
  const key = api.base + path + queryText({ ...query, limit });
  const load = (signal: AbortSignal) =>
    loadPage(trailOf(key), wanted, async (cursor) => {
      const found: T[] = [];
      let body: B | undefined;
      for (let responses = 0; responses < MOST_RESPONSES && found.length < limit; responses += 1) {
        const next: string | null = body ? body.nextCursor : cursor;
        if (body && next === null) break;
        body = await api.get<B>(path, { ...query, limit: limit - found.length, cursor: next }, signal);
        found.push(...rows(body));
      }
      return { rows: found, body: body as B };
    });
  const data = useLoad<ListPage<B, T>>(`${key}#${wanted}`, load, options.every && { every: options.every });
  const isFiltered = filters.some((name) => name !== "sort" && setting(name) !== "");
  return { ...data, limit, query, isFiltered };
}

/** Goes to another page of the list. */
export function choosePage(page: number): void {
  if (String(page) !== listSetting("page")) setListSettings({ page: page === 1 ? null : page });
}

/** Loads page after page up to the wanted one, from the last whose cursor is known. */
async function loadPage<B extends Body, T>(
  trail: string[],
  wanted: number,
  load: (cursor: string | null) => Promise<{ rows: readonly T[]; body: B }>,
): Promise<ListPage<B, T>> {
  for (let page = Math.min(wanted, trail.length); ; page += 1) {
    const { rows, body } = await load(trail[page - 1] || null);
    const { nextCursor } = body;
    if (nextCursor === null) trail.length = page;
    else trail[page] = nextCursor;
    if (page === wanted || nextCursor === null) return { rows, page, isLast: nextCursor === null, body };
  }
}

function trailOf(key: string): string[] {
  const trail = trails.get(key) ?? [""];
  trails.delete(key);
  trails.set(key, trail);
  for (const oldest of trails.keys()) {
    if (trails.size <= MOST_TRAILS) break;
    trails.delete(oldest);
  }
  return trail;
}
