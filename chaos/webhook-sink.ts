/** A bad receiver of webhooks: it rejects, cuts or delays some attempts, and records the accepted ones. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "./random.ts";

/** A webhook that got a 2xx response. */
export interface ReceivedWebhook {
  /** The last part of the URL: which tenant it was for. */
  readonly inbox: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** ms since epoch. */
  readonly at: number;
}

/** A webhook receiver that rejects a share of the attempts while it misbehaves. */
export class WebhookSink {
  readonly #server: Server;
  readonly #random: SeededRandom;
  readonly #received: ReceivedWebhook[] = [];
  #refused = 0;
  /** While true, a share of the attempts gets an error, a cut or a late response. */
  misbehaving = true;

  private constructor(random: SeededRandom) {
    this.#random = random;
    this.#server = createServer((request, response) => {
      this.#receive(request, response).catch(() => response.destroy());
    });
  }

  static async start(random: SeededRandom): Promise<WebhookSink> {
    const sink = new WebhookSink(random);
    await new Promise<void>((resolve) => sink.#server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  /** @param hangs whether the receiver sends no response there while it misbehaves */
  url(inbox: string, hangs = false): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/${inbox}${hangs ? "?hangs" : ""}`;
  }

  /** What was taken, oldest first. */
  get received(): readonly ReceivedWebhook[] {
    return this.#received;
  }

  /** Attempts that were not taken. */
  get refused(): number {
    return this.#refused;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, search } = new URL(request.url ?? "", "http://sink");
    if (this.misbehaving && search === "?hangs") return;
    const dice = this.misbehaving ? this.#random.next() : 1;
    if (dice < 0.2) this.#refused += 1;
    if (dice < 0.05) {
      response.destroy();
      return;
    }
    if (dice < 0.2) {
      const status = dice < 0.14 ? 500 : 302;
      response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("not now");
      return;
    }
    if (dice < 0.25) await sleep(800);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const inbox = pathname.split("/").at(-1) ?? "";
    this.#received.push({ inbox, headers, body: Buffer.concat(chunks).toString("utf8"), at: Date.now() });
    response.end("thanks");
  }
}
