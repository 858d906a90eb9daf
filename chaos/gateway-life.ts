/** The gateway's life in a run: started, killed at the schedule's times, started again on the same state. */
import { type Gateway, type GatewayOptions, startGateway } from "../scripts/gateway-process.ts";
import { freePort } from "../scripts/ports.ts";

/** Errors that the gateway itself has logged (events of level `error`). */
export type ErrorEvents = ReadonlyMap<string, number>;

type LifeOptions = Pick<GatewayOptions, "stateFolder" | "settings" | "bundle">;

/** A gateway that is killed and started again on the same state. */
export class GatewayLife {
  readonly #options: LifeOptions;
  readonly #port: number;
  readonly #log: string[] = [];
  #gateway: Gateway | null = null;
  #turn: Promise<void> = Promise.resolve();
  #kills = 0;
  #downMs = 0;
  readonly #errors = new Map<string, number>();
  #lostAlarms = 0;
  readonly #starts: number[] = [];

  private constructor(options: LifeOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  static async start(options: LifeOptions): Promise<GatewayLife> {
    const life = new GatewayLife(options, await freePort());
    await life.#start();
    return life;
  }

  /** The same through all lives, so that URLs stay. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get kills(): number {
    return this.#kills;
  }

  /** Time without a gateway, from each kill to the first response. */
  get downMs(): number {
    return this.#downMs;
  }

  get errors(): ErrorEvents {
    return this.#errors;
  }

  /** How often a call found an object whose alarm was seconds late (docs/reliability.md). */
  get lostAlarms(): number {
    return this.#lostAlarms;
  }

  /** When each life was ready for requests, in ms since epoch. */
  get starts(): readonly number[] {
    return this.#starts;
  }

  /** SIGKILL to every process of the runtime, then a start on the same state. Kills that come together queue. */
  kill(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const since = Date.now();
      await this.#gateway?.processes.kill();
      this.#kills += 1;
      await this.#start();
      this.#downMs += Date.now() - since;
    });
    return this.#turn;
  }

  /** Everything that the gateway has logged, in all its lives. */
  get log(): string {
    return this.#log.join("\n");
  }

  /** Ends the last life. */
  async stop(): Promise<void> {
    await this.#turn.catch(() => {});
    await this.#gateway?.processes.stop();
  }

  async #start(): Promise<void> {
    this.#gateway = await startGateway({ ...this.#options, port: this.#port, onLine: (line) => this.#look(line) });
    if (this.#gateway.health.status !== 200)
      throw new Error(`the gateway is not healthy: ${this.#gateway.health.body}`);
    this.#starts.push(Date.now());
  }

  #look(line: string): void {
    this.#log.push(line);
    if (line.includes('"event":"alarm-overdue"')) this.#lostAlarms += 1;
    const event = /"level":"error","event":"([^"]+)"/.exec(line)?.[1];
    if (event !== undefined) this.#errors.set(event, (this.#errors.get(event) ?? 0) + 1);
  }
}
