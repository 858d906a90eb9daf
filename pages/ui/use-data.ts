/** Data of a page: loaded once it is shown, kept while newer data are loaded, aborted when the page is left. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Api, type Query, queryText } from "../lib/api.ts";

/** What was loaded, and how that went. */
export interface Data<T> {
  /** Undefined until the first load. Stays while newer data are loaded, and if loading them fails. */
  readonly data: T | undefined;
  /** Why the last load failed; undefined if it did not. */
  readonly error: unknown;
  /** True while the data belong to an earlier key, such as the filters before the last change. */
  readonly isStale: boolean;
  readonly reload: () => Promise<void>;
  /** Shows data that a response of the API contains, without asking again. */
  readonly set: (data: T) => void;
}

/** How data are kept current. */
export interface DataOptions<T> {
  /** Milliseconds until the data are loaded again; null: never. */
  readonly every?: (data: T) => number | null;
}

interface State<T> {
  readonly key: string;
  readonly data: T | undefined;
  readonly error: unknown;
}

/** What pages showed last: going back finds it at once, and it is loaded again behind. */
const kept = new Map<string, unknown>();
const MOST_KEPT = 60;

function keep(key: string, data: unknown): void {
  kept.delete(key);
  kept.set(key, data);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
}

/** Forgets what pages showed: after signing out, another person may sign in. */
export function forgetData(): void {
  kept.clear();
}

/** Loads data of the API; a null path loads nothing. */
export function useData<T>(api: Api, path: string | null, query: Query = {}, options: DataOptions<T> = {}): Data<T> {
  const key = path === null ? "" : api.base + path + queryText(query);
  return useLoad(key, (signal) => api.get<T>(path ?? "", query, signal), options);
}

/** Loads data in any way. `key` names them: another key loads anew, "" loads nothing. */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { every }: DataOptions<T> = {},
): Data<T> {
  const [state, setState] = useState<State<T>>(() => ({ key, data: kept.get(key) as T | undefined, error: undefined }));
  const latest = useRef(load);
  latest.current = load;
  const running = useRef<AbortController | null>(null);

  const set = useCallback(
    (data: T) => {
      keep(key, data);
      setState((before) => (isSame(before, key, data) ? before : { key, data, error: undefined }));
    },
    [key],
  );
  const reload = useCallback(async () => {
    running.current?.abort();
    if (key === "") return;
    const own = new AbortController();
    running.current = own;
    try {
      const data = await latest.current(own.signal);
      if (!own.signal.aborted) set(data);
    } catch (error) {
      if (own.signal.aborted) return;
      setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
    } finally {
      if (running.current === own) running.current = null;
    }
  }, [key, set]);

  useLayoutEffect(() => {
    const shown = kept.get(key) as T | undefined;
    if (shown !== undefined)
      setState((before) => (before.key === key ? before : { key, data: shown, error: undefined }));
    void reload();
    return () => running.current?.abort();
  }, [key, reload]);

  useEffect(() => {
    const ms = state.data === undefined ? null : (every?.(state.data) ?? null);
    if (ms === null) return;
    // A load that takes longer than the time between two goes on.
    const timer = setInterval(() => {
      if (running.current === null && !document.hidden) void reload();
    }, ms);
    return () => clearInterval(timer);
  }, [state, reload]);

  return { data: state.data, error: state.error, isStale: state.key !== key, reload, set };
}

function isSame<T>(before: State<T>, key: string, data: T): boolean {
  return before.key === key && before.error === undefined && JSON.stringify(before.data) === JSON.stringify(data);
}
