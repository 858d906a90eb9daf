/** Builds the packages in packages/: the client's types from the gateway's schemas, then each `dist`. `npm run build:client`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT_SCHEMA, clientSchema } from "./client-types.ts";
import { REPOSITORY } from "./gateway-process.ts";

const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");

/** Compiles a project's sources, as they are, into a folder. @throws Error with the compiler's output */
function compileProject(config: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [TSC, "-p", config, "--outDir", folder], { stdio: "pipe" });
  // The compiler rewrites import paths in what runs, not in declarations.
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".d.ts"))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replace(/(from "\.\/[^"]+)\.ts"/g, '$1.js"'));
  }
}

/** Compiles `paddock-client` into a folder. @throws Error with the compiler's output */
export function compileClient(folder: string): void {
  compileProject(join(REPOSITORY, "packages/client/tsconfig.json"), folder);
}

/** Compiles `paddock-ai-sdk-provider` into a folder. @param client folder of the compiled client @throws Error with the compiler's output */
export function compileProvider(folder: string, client: string): void {
  const work = mkdtempSync(join(tmpdir(), "paddock-provider-"));
  const config = join(work, "tsconfig.json");
  const paths = { "paddock-client": [join(client, "index.d.ts")] };
  const base = join(REPOSITORY, "packages/ai-sdk-provider/tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: base, compilerOptions: { paths } }));
  try {
    compileProject(config, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

if (import.meta.main) {
  writeFileSync(CLIENT_SCHEMA, await clientSchema());
  compileClient(join(REPOSITORY, "packages/client/dist"));
  compileProvider(join(REPOSITORY, "packages/ai-sdk-provider/dist"), join(REPOSITORY, "packages/client/dist"));
}
