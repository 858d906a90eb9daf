/**
 * A stand-in for the platform's cache in front of an entrypoint, with its documented rules: what it strips, stores, slices,
 * collapses and purges. Local workerd simulates none of it.
 */

/** The entrypoint behind the cache. */
export interface Origin {
  fetch(request: Request): Promise<Response>;
}

/** As the platform takes it. */
export type PurgeCall = { readonly tags?: readonly string[]; readonly purgeEverything?: boolean };

interface Entry {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly tags: readonly string[];
  /** ms since epoch. */
  readonly storedAt: number;
  readonly freshUntil: number;
}

/** The answer to everybody who waits for one run of the origin. */
type Filled = { readonly entry: Entry; readonly isStored: boolean };

const STRIPPED = ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
/** Lifetimes without any directive, in seconds. */
const DEFAULT_SECONDS: Readonly<Record<number, number>> = { 200: 7_200, 301: 1_200, 404: 180, 410: 180, 405: 60 };
const MAX_TAGS_IN_A_CALL = 100;

export class EdgeCache {
  readonly #origin: Origin | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #filling = new Map<string, Promise<Filled>>();
  /** Every call of `purge`, in order. */
  readonly purges: PurgeCall[] = [];
  /** Runs of the origin, for a GET of the cold key. */
  fills = 0;
  /** What the platform does with a call of `purge`; false: refuses it. */
  allowsPurge = true;
  maxBytes = 512_000_000;
  now: () => number = () => Date.now();

  /** @param origin default: the one that comes with each request */
  constructor(origin?: Origin) {
    this.#origin = origin;
  }

  /** Keys of the stored entries. */
  get keys(): string[] {
    return [...this.#entries.keys()];
  }

  async fetch(request: Request, origin = this.#origin): Promise<Response> {
    if (origin === undefined) throw new Error("there is no origin");
    if (request.method !== "GET" && request.method !== "HEAD") return origin.fetch(request);
    const { pathname, search } = new URL(request.url);
    const { cacheKey = pathname + search } = (request.cf ?? {}) as { cacheKey?: string };
    const known = this.#fresh(cacheKey);
    if (known) return this.#answer(request, known, "HIT");
    const underWay = this.#filling.get(cacheKey);
    if (underWay) {
      const { entry, isStored } = await underWay;
      return this.#answer(request, entry, isStored ? "HIT" : "MISS");
    }
    const filling = this.#fill(request, cacheKey, origin).finally(() => this.#filling.delete(cacheKey));
    this.#filling.set(cacheKey, filling);
    return this.#answer(request, (await filling).entry, "MISS");
  }

  async purge(call: PurgeCall): Promise<{ success: boolean; errors: { code: number; message: string }[] }> {
    this.purges.push(call);
    const refused = (message: string) => ({ success: false, errors: [{ code: 1, message }] });
    if (!this.allowsPurge) return refused("rate limit");
    const { tags = [], purgeEverything = false } = call;
    if (tags.length > MAX_TAGS_IN_A_CALL) return refused("too many tags");
    const wanted = new Set(tags.map((tag) => tag.toLowerCase()));
    for (const [key, entry] of this.#entries) {
      if (purgeEverything || entry.tags.some((tag) => wanted.has(tag))) this.#entries.delete(key);
    }
    return { success: true, errors: [] };
  }

  #fresh(key: string): Entry | null {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.now() < entry.freshUntil ? entry : null;
  }

  async #fill(request: Request, key: string, origin: Origin): Promise<Filled> {
    this.fills += 1;
    const headers = new Headers(request.headers);
    for (const name of STRIPPED) headers.delete(name);
    const response = await origin.fetch(new Request(request.url, { headers }));
    const body = new Uint8Array(await response.arrayBuffer());
    const seconds = body.byteLength <= this.maxBytes ? lifetime(request, response) : 0;
    const entry: Entry = {
      status: response.status,
      headers: new Headers(response.headers),
      body,
      tags: (response.headers.get("cache-tag") ?? "").toLowerCase().split(",").filter(Boolean),
      storedAt: this.now(),
      freshUntil: this.now() + seconds * 1_000,
    };
    for (const name of ["cache-tag", "cloudflare-cdn-cache-control"]) entry.headers.delete(name);
    if (seconds > 0) this.#entries.set(key, entry);
    return { entry, isStored: seconds > 0 };
  }

  #answer(request: Request, { status, headers: stored, body, storedAt }: Entry, cached: string): Response {
    const headers = new Headers(stored);
    headers.set("cf-cache-status", cached);
    if (cached === "HIT") headers.set("age", String(Math.floor((this.now() - storedAt) / 1_000)));
    if (request.method === "HEAD") return new Response(null, { status, headers });
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (status !== 200 || first === undefined || last === undefined) return new Response(body, { status, headers });
    const size = body.byteLength;
    const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
    const to = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
    if (from > to || from >= size) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
    }
    headers.set("content-range", `bytes ${from}-${to}/${size}`);
    headers.set("content-length", String(to - from + 1));
    return new Response(body.subarray(from, to + 1), { status: 206, headers });
  }
}

/** For how many seconds a response is stored; 0: not at all. */
function lifetime(request: Request, { status, headers }: Response): number {
  if (status === 206 || (status >= 520 && status <= 526)) return 0;
  if (headers.has("set-cookie") || headers.get("vary")?.trim() === "*") return 0;
  if (headers.has("vary")) throw new Error("the stand-in has one entry a key: leave the header out, or extend it");
  const names = ["cloudflare-cdn-cache-control", "cdn-cache-control", "cache-control"];
  const [directives] = names.flatMap((name) => headers.get(name) ?? []);
  if (directives === undefined) return DEFAULT_SECONDS[status] ?? 0;
  if (/\b(no-store|private|no-cache)\b/.test(directives)) return 0;
  const mayBeShared = /\b(public|must-revalidate|s-maxage)\b/.test(directives);
  if (request.headers.has("authorization") && !mayBeShared) return 0;
  const [, seconds] = /\bs-maxage=(\d+)/.exec(directives) ?? /\bmax-age=(\d+)/.exec(directives) ?? [];
  return Number(seconds ?? 0);
}
