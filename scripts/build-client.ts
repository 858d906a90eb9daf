/** Builds the packages in packages/: the client's types from the gateway's schemas, then each `dist`. `npm run build:client`. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_SCHEMA, clientSchema } from "./client-types.ts";
import { REPOSITORY } from "./gateway-process.ts";

const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");

/** Compiles a package's sources, as they are, into a folder. @throws Error with the compiler's output */
function compilePackage(name: string, folder: string, flags: readonly string[] = []): void {
  rmSync(folder, { recursive: true, force: true });
  const project = join(REPOSITORY, "packages", name, "tsconfig.json");
  execFileSync(process.execPath, [TSC, "-p", project, "--outDir", folder, ...flags], { stdio: "pipe" });
  // The compiler rewrites import paths in what runs, not in declarations.
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".d.ts"))) {
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, "utf8").replace(/(from "\.\/[^"]+)\.ts"/g, '$1.js"'));
  }
}

/** Compiles `paddock-client` into a folder. @throws Error with the compiler's output */
export function compileClient(folder: string): void {
  compilePackage("client", folder);
}

/** Compiles `paddock-ai-sdk-provider` into a folder; the client's `dist` must exist. @throws Error with the compiler's output */
export function compileProvider(folder: string): void {
  compilePackage("ai-sdk-provider", folder, ["--paths", "null"]);
}

if (import.meta.main) {
  writeFileSync(CLIENT_SCHEMA, await clientSchema());
  compileClient(join(REPOSITORY, "packages/client/dist"));
  compileProvider(join(REPOSITORY, "packages/ai-sdk-provider/dist"));
}
