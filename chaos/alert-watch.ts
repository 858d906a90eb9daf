/** Scrapes `/metrics` during a run and follows which alerts of ops/alerts.yaml fire. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isFiring, readRules, readSamples, type Scrape } from "./alert-rules.ts";

const SCRAPE_EVERY_MS = 500;
const SCRAPE_LIMIT_MS = 3_000;
/** In place of the ranges of the rules. */
const WINDOW_MS = 8_000;
/** After the run, the operator's incidents may end up to a minute late. */
const CLEAR_LIMIT_MS = 90_000;

/** What became of the alerts. */
export interface AlertRecord {
  /** How often each alert began to fire. */
  readonly fired: Readonly<Record<string, number>>;
  /** Alerts that still fired at the end. */
  readonly firing: readonly string[];
}

/** Scrapes until `end`. */
export class AlertWatch {
  readonly #url: () => string;
  readonly #token: string;
  readonly #rules = readRules(readFileSync(join(import.meta.dirname, "../ops/alerts.yaml"), "utf8"));
  readonly #scrapes: Scrape[] = [];
  readonly #fired = new Map<string, number>();
  #firing: ReadonlySet<string> = new Set();
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#running = this.#run();
  }

  /** Waits until none of the alerts fires but those of `mayStay`, then stops. */
  async end(mayStay: ReadonlySet<string>): Promise<AlertRecord> {
    const giveUpAt = Date.now() + CLEAR_LIMIT_MS;
    while (Date.now() < giveUpAt && [...this.#firing].some((name) => !mayStay.has(name))) await sleep(SCRAPE_EVERY_MS);
    this.#isOver = true;
    await this.#running;
    return { fired: Object.fromEntries(this.#fired), firing: [...this.#firing] };
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      this.#scrapes.push({ at: Date.now(), samples: await this.#scrape() });
      if (this.#scrapes.length > 100) this.#scrapes.shift();
      const firing = this.#rules.filter((rule) => isFiring(rule, this.#scrapes, WINDOW_MS)).map(({ name }) => name);
      for (const name of firing) {
        if (!this.#firing.has(name)) this.#fired.set(name, (this.#fired.get(name) ?? 0) + 1);
      }
      this.#firing = new Set(firing);
      await sleep(SCRAPE_EVERY_MS);
    }
  }

  async #scrape(): Promise<Scrape["samples"]> {
    try {
      const headers = { authorization: `Bearer ${this.#token}` };
      const signal = AbortSignal.timeout(SCRAPE_LIMIT_MS);
      const response = await fetch(`${this.#url()}/metrics`, { headers, signal });
      return response.ok ? readSamples(await response.text()) : null;
    } catch {
      return null;
    }
  }
}
