/** Uploads of a run: many of one client token that stall, and beside them those of a tenant that must not notice. */
import { type ClientRequest, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayClient } from "../scripts/gateway-client.ts";

/** How many uploads stall at once, of unknown length, all with one client token. */
const STALLED = 30;
/** Delay of a rejected sender before its next attempt, in ms. */
const AGAIN_MS = 3_000;
const QUIET_EVERY_MS = 5_000;
const LIMIT_MS = 30_000;

/** The smallest PNG: one grey pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);

/** What became of the uploads of a run. */
export interface UploadRecord {
  /** Stalled uploads that were begun, and the responses to them by status. */
  begun: number;
  readonly refused: Record<number, number>;
  /** Statuses of the responses to the quiet tenant's uploads. */
  readonly quiet: number[];
}

/** Uploads until `isOver`, through kills. */
export class Uploads {
  readonly record: UploadRecord = { begun: 0, refused: {}, quiet: [] };
  readonly #gatewayUrl: () => string;
  readonly #isOver: () => boolean;
  readonly #open = new Set<ClientRequest>();
  readonly #senders: Promise<void>[] = [];

  constructor(gatewayUrl: () => string, isOver: () => boolean) {
    this.#gatewayUrl = gatewayUrl;
    this.#isOver = isOver;
  }

  /** @param provoking mints the token; `quietKey` sends small files that must all be taken */
  async start(provoking: GatewayClient, quietKey: string): Promise<void> {
    const { token } = await provoking.call<{ token: string }>("POST", "/api/v1/client-tokens", { endUser: "stalling" });
    for (let index = 0; index < STALLED; index++) this.#senders.push(this.#stall(token));
    this.#senders.push(this.#sendQuietly(quietKey));
  }

  /** Ends what is under way; to be called once the run is over. */
  async stop(): Promise<void> {
    for (const one of this.#open) one.destroy();
    await Promise.all(this.#senders);
  }

  async #stall(token: string): Promise<void> {
    while (!this.#isOver()) {
      this.record.begun += 1;
      const status = await this.#stallOnce(token);
      if (status !== null) this.record.refused[status] = (this.record.refused[status] ?? 0) + 1;
      if (!this.#isOver()) await sleep(AGAIN_MS);
    }
  }

  /** @returns the status of the response, or null if the connection ended without one */
  #stallOnce(token: string): Promise<number | null> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "image/png" };
      const sender = request(`${this.#gatewayUrl()}/api/v1/files`, { method: "POST", headers, agent: false });
      this.#open.add(sender);
      sender.on("response", (response) => {
        resolve(response.statusCode ?? 0);
        sender.destroy();
      });
      sender.on("error", () => {});
      sender.on("close", () => {
        this.#open.delete(sender);
        resolve(null);
      });
      // The rest of the file never comes.
      sender.write(PIXEL.subarray(0, 40));
    });
  }

  async #sendQuietly(key: string): Promise<void> {
    while (!this.#isOver()) {
      const headers = { authorization: `Bearer ${key}`, "content-type": "image/png" };
      const signal = AbortSignal.timeout(LIMIT_MS);
      await fetch(`${this.#gatewayUrl()}/api/v1/files`, { method: "POST", headers, body: PIXEL, signal })
        .then((response) => response.text().then(() => this.record.quiet.push(response.status)))
        // The gateway is down just now.
        .catch(() => {});
      await sleep(QUIET_EVERY_MS);
    }
  }
}
