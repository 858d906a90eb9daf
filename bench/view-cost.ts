/** What views of stored files cost on three ways: from R2, through the edge cache by loopback, and from a Worker of their own. */
import { PRICES, TYPICAL, WORKER_CPU_MS } from "./cost.ts";

/** What one view takes. */
interface View {
  /** Requests that are billed; a hit of the edge cache is one, and runs nothing. */
  readonly requests: number;
  /** Entrypoints that run, at most WORKER_CPU_MS each. */
  readonly runs: number;
  readonly r2Reads: number;
}

const WAYS: readonly { readonly name: string; readonly first: View; readonly later: View }[] = [
  {
    name: "no cache: each view reads R2",
    first: { requests: 1, runs: 1, r2Reads: 1 },
    later: { requests: 1, runs: 1, r2Reads: 1 },
  },
  {
    name: "loopback to `Files` behind the cache (this gateway)",
    first: { requests: 2, runs: 2, r2Reads: 1 },
    later: { requests: 2, runs: 1, r2Reads: 0 },
  },
  {
    name: "a files Worker behind the cache, on its own host",
    first: { requests: 1, runs: 1, r2Reads: 1 },
    later: { requests: 1, runs: 0, r2Reads: 0 },
  },
];

/** Dollars for a million. */
function priceOf({ requests, runs, r2Reads }: View): number {
  return requests * PRICES.workerRequest + runs * WORKER_CPU_MS * PRICES.workerCpuMs + r2Reads * PRICES.r2Read;
}

/** The section of docs/cost.md about views. */
export function viewCosts() {
  const { views } = TYPICAL;
  return {
    title: "Views of files",
    note:
      "In dollars for a million, computed from the list prices: one request of a Worker, at most " +
      `${WORKER_CPU_MS} ms of CPU for each entrypoint that runs, one read of R2.`,
    head: ["", "a view that finds nothing in the cache", "a view that hits", `${views} views of one file`],
    rows: WAYS.map(({ name, first, later }) => [
      name,
      priceOf(first).toFixed(2),
      priceOf(later).toFixed(2),
      (priceOf(first) + (views - 1) * priceOf(later)).toFixed(2),
    ]),
  };
}
