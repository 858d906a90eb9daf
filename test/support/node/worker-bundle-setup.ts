/** Bundles the Worker once for all gateways of a project's tests. */
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildWorker } from "../../../scripts/build-worker.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of the bundled Worker, for `startGateway`. */
    workerBundle: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder();
  const bundle = join(folder, "bundle");
  await buildWorker(bundle);
  project.provide("workerBundle", bundle);
  return () => removeFolder(folder);
}
