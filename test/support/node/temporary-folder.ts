/** Folders of single tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder of this test's own, which it removes. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "paddock-test-"));
}

/** Removes it with all that is in it, also while a process that was just killed writes its last. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
