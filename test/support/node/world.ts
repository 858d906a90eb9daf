/** A simulated upstream and a gateway as processes of their own, for one test file. */
import { join } from "node:path";
import { inject } from "vitest";
import { createTenant, GatewayClient, type NewTenant } from "../../../scripts/gateway-client.ts";
import { type Gateway, startGateway } from "../../../scripts/gateway-process.ts";
import { type FileView, type Simulator, type SimulatorOptions, startSimulator } from "../../../simulator/index.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

/** Gateway settings that a test file wants otherwise than usual. */
type Settings = Readonly<Record<string, string>>;

/** What a gateway cannot start without; each value is easy to find in a log that should not have it. */
export const REQUIRED_SETTINGS = {
  SEEDHORSE_API_KEYS: "sh-e2e-first-master-key,sh-e2e-second-master-key",
  SIGNING_SECRETS: "e2e-first-signing-secret-0000000000,e2e-second-signing-secret-000000000",
  ADMIN_TOKEN: "e2e-operator-token-00000000000000",
} as const;

export class World {
  readonly simulator: Simulator;
  readonly #folder: string;
  #settings: Settings;
  #gateway: Gateway;
  readonly #edgeCache: string | undefined;

  private constructor(simulator: Simulator, folder: string, settings: Settings, gateway: Gateway, edgeCache?: string) {
    this.#edgeCache = edgeCache;
    this.simulator = simulator;
    this.#folder = folder;
    this.#settings = settings;
    this.#gateway = gateway;
  }

  /** Starts both; the gateway polls quickly, because nobody wants to wait for a test. */
  static async start(
    settings: Settings = {},
    simulatorOptions: SimulatorOptions = {},
    edgeCache?: string,
  ): Promise<World> {
    const keys = REQUIRED_SETTINGS.SEEDHORSE_API_KEYS.split(",");
    const simulator = await startSimulator({
      accounts: keys.map((key) => ({ name: key, keys: [key], credits: 1_000_000 })),
      ...simulatorOptions,
    });
    const folder = await temporaryFolder();
    const all = {
      ...REQUIRED_SETTINGS,
      SEEDHORSE_BASE_URL: simulator.url,
      POLL_MIN_MS: "100",
      POLL_MAX_MS: "300",
      ...settings,
    };
    try {
      const bundle = inject("workerBundle");
      const gateway = await startGateway({ settings: all, stateFolder: folder, bundle, edgeCache });
      return new World(simulator, folder, all, gateway, edgeCache);
    } catch (error) {
      await simulator.close();
      throw error;
    }
  }

  get gateway(): Gateway {
    return this.#gateway;
  }

  /** Folder of the gateway's objects and files. */
  get storage(): string {
    return join(this.#folder, "storage");
  }

  get operator(): GatewayClient {
    return new GatewayClient(this.#gateway.url, REQUIRED_SETTINGS.ADMIN_TOKEN);
  }

  /** A new tenant and its key, with limits that no test reaches by accident. */
  newTenant(settings: object = {}): Promise<NewTenant> {
    const generous = { name: "e2e tenant", requestsPerMinute: 100_000, concurrentTasks: 1_000 };
    return createTenant(this.operator, { ...generous, ...settings });
  }

  /** A new tenant's client. */
  async tenant(settings: object = {}): Promise<GatewayClient> {
    const { key } = await this.newTenant(settings);
    return new GatewayClient(this.#gateway.url, key);
  }

  /** SIGKILL to every process of the gateway at once: what a power cut leaves is what is on disk. */
  async crash(): Promise<void> {
    await this.#gateway.processes.kill();
  }

  /** Starts the gateway again on the same state and port. @param changes settings that are other ones from now on */
  async restart(changes: Settings = {}): Promise<void> {
    const { port } = this.#gateway;
    this.#settings = { ...this.#settings, ...changes };
    const options = { settings: this.#settings, stateFolder: this.#folder, bundle: inject("workerBundle") };
    const edgeCache = this.#edgeCache;
    this.#gateway = await startGateway({ ...options, port, edgeCache });
  }

  async stop(): Promise<void> {
    await this.#gateway.processes.kill();
    await this.simulator.close();
    await removeFolder(this.#folder);
  }

  /** The files that the upstream made for the one task with this in its prompt. */
  async filesMadeFor(prompt: string): Promise<FileView[]> {
    const [task, ...others] = this.simulator.tasks({ prompt });
    if (!task || others.length > 0) throw new Error(`${others.length + (task ? 1 : 0)} upstream tasks for: ${prompt}`);
    return this.simulator.files(task.taskId);
  }
}
