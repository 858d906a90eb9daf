/**
 * `node serve-worker.ts FILE` runs a bundled Worker on real workerd, with miniflare's objects, files and images, until a
 * signal ends it. FILE contains miniflare's options as JSON: among them are the settings, which are secret.
 */
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from "miniflare";

const options = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as V4MiniflareOptions;
await new Miniflare(convertV4MiniflareOptions(options)).ready;
