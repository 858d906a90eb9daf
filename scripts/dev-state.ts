/** What `npm run dev` keeps between runs: one small file for each secret, readable by the user alone. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder of named texts. */
export class DevState {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** @returns the text kept under this name, or null */
  read(name: string): string | null {
    try {
      return readFileSync(this.path(name), "utf8").trim();
    } catch {
      return null;
    }
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), `${text}\n`, { mode: 0o600 });
  }

  /** @returns the secret of this name, made now if there is none yet */
  secret(name: string, prefix = ""): string {
    const known = this.read(name);
    if (known) return known;
    const made = prefix + randomBytes(24).toString("base64url");
    this.write(name, made);
    return made;
  }
}
