/**
 * Load in short slices, from this process: plain sockets with keep-alive, because a client library would cost more than the worker
 * that is measured.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Shot } from "../load.ts";

/** What a slice of load has seen. */
export interface Sample {
  readonly seconds: number;
  /** Latency of each request in ms; in an open loop from the time at which it was to be sent. */
  readonly latenciesMs: readonly number[];
}

const UNIQUE = "X-Idempotency-Key";
/** A connection that was idle for longer is not used again: the runtime closes it after five seconds. In ms. */
const IDLE_MS = 3_000;
let requests = 0;

/** One connection, one request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #ready: Promise<void>;
  #head = "";
  #left = 0;
  #end: (() => void) | null = null;
  #fail: ((error: Error) => void) | null = null;
  #status = 0;
  #usedAt = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#ready = new Promise((resolve, reject) => {
      this.#socket.once("connect", resolve).once("error", reject);
    });
    this.#ready.catch(() => {});
    this.#socket.on("data", (data: Buffer) => this.#read(data));
    this.#socket.on("error", (error) => this.#fail?.(error));
    this.#socket.on("close", () => this.#fail?.(new Error("the connection was closed")));
  }

  /** True if it may have been closed by the other side. */
  get isStale(): boolean {
    return performance.now() - this.#usedAt > IDLE_MS;
  }

  /** @returns the status */
  async send(shot: Shot, isUnique: boolean): Promise<number> {
    await this.#ready;
    requests += 1;
    const body = shot.body ?? "";
    const headers = Object.entries(shot.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    if (isUnique) headers.push(`${UNIQUE}: ${process.pid}-${requests}\r\n`);
    const length = shot.method === "GET" ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`;
    const head = `${shot.method} ${shot.path} HTTP/1.1\r\nhost: bench\r\n${headers.join("")}${length}\r\n`;
    return new Promise((resolve, reject) => {
      this.#end = () => {
        this.#fail = null;
        this.#usedAt = performance.now();
        resolve(this.#status);
      };
      this.#fail = reject;
      this.#socket.write(head + body);
    });
  }

  close(): void {
    this.#fail = null;
    this.#socket.destroy();
  }

  /** Reads a response whose length is declared; every contender declares it. */
  #read(data: Buffer): void {
    if (this.#left > 0) {
      this.#left -= data.length;
    } else {
      this.#head += data.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#head.slice(0, end);
      const [, length] = /\ncontent-length: *(\d+)/i.exec(head) ?? [];
      if (length === undefined) throw new Error(`a response without a length:\n${head}`);
      this.#status = Number(head.slice(9, 12));
      this.#left = Number(length) - (this.#head.length - end - 4);
      this.#head = "";
    }
    if (this.#left <= 0) this.#end?.();
  }
}

/** Connections to one contender, kept between slices. */
export class Generator {
  readonly #connections: Connection[] = [];
  readonly #idle: Connection[] = [];
  readonly #url: string;
  readonly #shots: readonly Shot[];
  readonly #isUnique: boolean;
  #next = 0;

  readonly #expected: number;

  /** @param isUnique each request gets an idempotency key of its own @param expected the status of every response */
  constructor(url: string, shots: readonly Shot[], isUnique: boolean, expected = 200) {
    this.#expected = expected;
    this.#url = url;
    this.#shots = shots;
    this.#isUnique = isUnique;
  }

  /** As many requests as the contender takes, `connections` at a time. */
  async closedLoop(connections: number, ms: number): Promise<Sample> {
    const latenciesMs: number[] = [];
    const startedAt = performance.now();
    const endsAt = startedAt + ms;
    const worker = async () => {
      while (performance.now() < endsAt) latenciesMs.push(await this.#request(performance.now()));
    };
    await Promise.all(Array.from({ length: connections }, worker));
    return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs };
  }

  /** So many requests a second, whether or not earlier ones have been answered. */
  async openLoop(perSecond: number, ms: number): Promise<Sample> {
    const startedAt = performance.now();
    const count = Math.round((perSecond * ms) / 1_000);
    const pending: Promise<number>[] = [];
    while (pending.length < count) {
      const dueAt = startedAt + (pending.length * 1_000) / perSecond;
      const waitMs = dueAt - performance.now();
      if (waitMs > 0.5) await sleep(waitMs);
      pending.push(this.#request(dueAt));
    }
    const latenciesMs = await Promise.all(pending);
    return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #request(sentAt: number): Promise<number> {
    const shot = this.#shots[this.#next % this.#shots.length];
    this.#next += 1;
    if (!shot) throw new Error("nothing to send");
    const connection = this.#free();
    const status = await connection.send(shot, this.#isUnique);
    this.#idle.push(connection);
    if (status !== this.#expected) throw new Error(`${this.#url}${shot.path} answered ${status}`);
    return performance.now() - sentAt;
  }

  #free(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isStale) return idle;
      idle.close();
    }
    const connection = new Connection(this.#url);
    this.#connections.push(connection);
    return connection;
  }
}
