/** A Cloudflare account that `wrangler-stand-in.mjs` plays, and a gateway that is only as real as setup and doctor look at it. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { REPOSITORY } from "../../../scripts/gateway-process.ts";
import { freePort } from "../../../scripts/ports.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

const STAND_IN = fileURLToPath(new URL("wrangler-stand-in.mjs", import.meta.url));

/** What the account has. */
export interface StandInAccount {
  loggedIn: boolean;
  accounts: { id: string; name: string }[];
  r2: boolean;
  /** Names of the lifecycle rules of each bucket. */
  buckets: Record<string, string[]>;
  worker: { secrets: string[]; tag: string | null; versions: string[] } | null;
  /** Values of secrets that were sent. */
  deployed: Record<string, string>;
  deployFails: string | null;
  /** Where the deployed Worker is. */
  url: string;
}

/** A command that reached the stand-in. */
export interface StandInCall {
  readonly args: readonly string[];
  readonly secretsFile: string | null;
  /** Permissions of the secrets file, in octal. */
  readonly mode: string | null;
  readonly accountId: string | null;
}

/** A server on this machine until the test ends. @returns its origin */
export async function startServer(
  respond: (
    request: IncomingMessage,
    body: Buffer,
  ) => { status: number; body: unknown; headers?: Record<string, string> },
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { status, body, headers } = respond(request, Buffer.concat(chunks));
      response.writeHead(status, headers);
      response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

/** The account, and files of one deployment in a folder of the test's own. */
export class DeploymentWorld {
  readonly folder: string;
  readonly config: string;
  readonly secretsFile: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.config = join(folder, "wrangler.toml");
    this.secretsFile = join(folder, "private", "paddock.env");
  }

  /** Puts the stand-in in wrangler's place until the test ends. */
  static async start(account: Partial<StandInAccount> = {}, vars = ""): Promise<DeploymentWorld> {
    const folder = await temporaryFolder();
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      await removeFolder(folder);
    });
    const world = new DeploymentWorld(folder);
    copyFileSync(join(REPOSITORY, "wrangler.toml"), world.config);
    if (vars !== "")
      world.editConfig((text) => text.replaceAll(/^PUBLIC_BASE_URL = .*$/gm, (line) => `${line}\n${vars}`));
    world.account = {
      loggedIn: true,
      accounts: [{ id: "account-1", name: "Example" }],
      r2: true,
      buckets: {},
      worker: null,
      deployed: {},
      deployFails: null,
      url: "http://127.0.0.1:1",
      ...account,
    };
    vi.stubEnv("PADDOCK_WRANGLER", STAND_IN);
    vi.stubEnv("STAND_IN", folder);
    vi.stubEnv("CLOUDFLARE_ACCOUNT_ID", "");
    vi.stubEnv("ADMIN_TOKEN", undefined);
    return world;
  }

  get account(): StandInAccount {
    return JSON.parse(readFileSync(join(this.folder, "account.json"), "utf8")) as StandInAccount;
  }

  set account(account: StandInAccount) {
    writeFileSync(join(this.folder, "account.json"), JSON.stringify(account));
  }

  editConfig(edit: (text: string) => string): void {
    writeFileSync(this.config, edit(readFileSync(this.config, "utf8")));
  }

  /** The commands so far, in order. */
  calls(): StandInCall[] {
    const file = join(this.folder, "calls.jsonl");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return lines.map((line) => JSON.parse(line) as StandInCall);
  }

  /** The commands that create or change something. */
  changes(): string[] {
    const reads = /^(whoami|secret list|r2 bucket list|r2 bucket lifecycle list|deployments|versions)|--dry-run/;
    return this.calls()
      .map(({ args }) => args.join(" "))
      .filter((command) => !reads.test(command));
  }
}
