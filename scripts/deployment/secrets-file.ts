/**
 * The operator's own copy of what a deployment cannot give back: secrets that setup made. One file for each Worker, outside the
 * repository, readable by its owner alone, in the form that a shell reads: `. FILE`.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const OWNER_ONLY = 0o600;
const LINE = /^([A-Z_]+)='([^']*)'$/;

/** Names that the file can have. */
export type SecretName = "ACCOUNT_ID" | "ADMIN_TOKEN" | "GATEWAY" | "PADDOCK_KEY" | "SIGNING_SECRETS" | "TENANT_ID";

/** Returns where the secrets of a Worker are kept unless another file is named. */
export function defaultSecretsFile(workerName: string): string {
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return join(folder, "paddock", `${workerName}.env`);
}

/** Returns a new secret: 43 characters of base64url, 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A file of secrets, which need not exist yet. */
export class SecretsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the value of this name, or undefined. */
  get(name: SecretName): string | undefined {
    return this.#read().get(name);
  }

  /** Stores values: the file is replaced as a whole, so that a crash leaves the earlier one. */
  set(values: Partial<Record<SecretName, string>>): void {
    const all = new Map([...this.#read(), ...Object.entries(values)]);
    const lines = [...all].map(([name, value]) => `${name}='${value}'\n`);
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const beside = `${this.path}.${process.pid}`;
    writeFileSync(
      beside,
      `# Secrets of a Paddock deployment; keep this file private and back it up.\n${lines.join("")}`,
      {
        mode: OWNER_ONLY,
      },
    );
    renameSync(beside, this.path);
  }

  /** Returns true if others than its owner may read or write the file; false if it does not exist. */
  isExposed(): boolean {
    const mode = statSync(this.path, { throwIfNoEntry: false })?.mode;
    return mode !== undefined && (mode & 0o077) !== 0;
  }

  /** Returns true if the file exists. */
  exists(): boolean {
    return statSync(this.path, { throwIfNoEntry: false }) !== undefined;
  }

  #read(): Map<string, string> {
    if (!this.exists()) return new Map();
    const lines = readFileSync(this.path, "utf8").split("\n");
    return new Map(
      lines.flatMap((line) => (LINE.exec(line) ? [LINE.exec(line)?.slice(1, 3) as [string, string]] : [])),
    );
  }
}
