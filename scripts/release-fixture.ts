/**
 * Keeps this release as a fixture: its Worker, as `wrangler deploy` would upload it, in one compressed file. Run at every release; the
 * test of test/e2e/previous-release.test.ts then runs it on the state that later code leaves.
 *
 *     node scripts/release-fixture.ts
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Bundle, buildBundle } from "../bench/bundle.ts";
import { REPOSITORY } from "./gateway-process.ts";

/** Where the previous release is kept. */
const FIXTURE = join(REPOSITORY, "test/fixtures/release-2/worker.json.gz");

/** A bundle without its place on disk, and the text of its modules by name. */
interface Release {
  readonly bundle: Omit<Bundle, "folder">;
  readonly modules: Readonly<Record<string, string>>;
}

/** Bundles today's code into the fixture. @returns the fixture's size in bytes */
export async function keepRelease(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "paddock-release-"));
  try {
    const { folder: _, ...bundle } = await buildBundle(folder);
    const modules = Object.fromEntries(bundle.modules.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
    const packed = gzipSync(JSON.stringify({ bundle, modules } satisfies Release), { level: 9 });
    mkdirSync(dirname(FIXTURE), { recursive: true });
    writeFileSync(FIXTURE, packed);
    return packed.length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the modules of the previous release into a folder. @returns the bundle there */
export function unpackRelease(folder: string): Bundle {
  const { bundle, modules } = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString()) as Release;
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  return { ...bundle, folder };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(`${FIXTURE}: ${await keepRelease()} bytes`);
}
