/** Builds the package in client/: its types from the gateway's schemas, then `dist`. `npm run build:client`. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_SCHEMA, clientSchema } from "./client-types.ts";
import { REPOSITORY } from "./gateway-process.ts";

const CLIENT = join(REPOSITORY, "client");
const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");

/** Compiles client/src, as it is, into a folder. @throws Error with the compiler's output */
export function compileClient(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [TSC, "-p", join(CLIENT, "tsconfig.json"), "--outDir", folder], { stdio: "pipe" });
  // The compiler rewrites import paths in what runs, not in declarations.
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".d.ts"))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replace(/(from "\.\/[^"]+)\.ts"/g, '$1.js"'));
  }
}

if (import.meta.main) {
  writeFileSync(CLIENT_SCHEMA, await clientSchema());
  compileClient(join(CLIENT, "dist"));
}
