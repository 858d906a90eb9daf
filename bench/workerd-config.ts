/**
 * Configurations for plain `workerd serve`, without any development middleware: the gateway as wrangler.toml describes
 * it, and the bare worker. Objects are on local disk; R2 is miniflare's simulator of it, run by the same workerd; the
 * rate-limit binding is a stand-in.
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bundle } from "./bundle.ts";

const require = createRequire(import.meta.url);
const MINIFLARE_WORKERS = join(dirname(require.resolve("miniflare")), "workers");
/** The runtime's binary, that of wrangler and miniflare. */
export const WORKERD = join(dirname(require.resolve("workerd/package.json")), "bin/workerd");
const BUCKET = "bench-files";

const text = (value: string) => JSON.stringify(value);
const list = (items: readonly string[]) => `[\n    ${items.join(",\n    ")}\n  ]`;
const service = (name: string, body: string) => `(name = ${text(name)}, ${body})`;
const textBinding = ([name, value]: [string, string]) => `(name = ${text(name)}, text = ${text(value)})`;

/** A bucket with nothing in it: the simulator's two Workers would count against the gateway's memory and start. */
const EMPTY_BUCKET = service(
  "bucket-entry",
  `worker = (compatibilityDate = "2026-01-01", modules = [(name = "empty-bucket.js",
      esModule = "export default { fetch() { return new Response(null, { status: 404 }) } }")])`,
);

/** Miniflare's R2: an object that keeps names in SQLite and bytes in a folder, behind the runtime's own R2 binding. */
function bucketServices(folder: string): string[] {
  for (const [from, to] of [
    ["r2/bucket.worker.js", "bucket.worker.js"],
    ["shared/object-entry.worker.js", "object-entry.worker.js"],
    ["shared/index.worker.js", "shared.worker.js"],
    ["shared/zod.worker.js", "zod.worker.js"],
  ] as const) {
    copyFileSync(join(MINIFLARE_WORKERS, from), join(folder, to));
  }
  const files = join(folder, "files");
  mkdirSync(files, { recursive: true });
  const object = `(className = "R2BucketObject", uniqueKey = "bench-R2BucketObject", enableSql = true)`;
  return [
    service("files-disk", `disk = (path = ${text(files)}, writable = true)`),
    service(
      "bucket",
      `worker = (
      modules = [(name = "bucket.worker.js", esModule = embed "bucket.worker.js")],
      compatibilityDate = "2023-07-24", compatibilityFlags = ["nodejs_compat", "experimental"],
      durableObjectNamespaces = [${object}], durableObjectStorage = (localDisk = "files-disk"),
      bindings = [(name = "MINIFLARE_BLOBS", service = "files-disk")]
    )`,
    ),
    service(
      "bucket-entry",
      `worker = (
      modules = [(name = "object-entry.worker.js", esModule = embed "object-entry.worker.js")],
      compatibilityDate = "2023-07-24",
      bindings = [(name = "MINIFLARE_OBJECT",
        durableObjectNamespace = (className = "R2BucketObject", serviceName = "bucket"))]
    )`,
    ),
  ];
}

const BUCKET_BINDING = `(name = "FILES", r2Bucket = (name = "bucket-entry",
        props = (json = ${text(JSON.stringify({ MINIFLARE_NAMESPACE: BUCKET }))})))`;
const INTERNET = service("internet", `network = (allow = ["public", "private"])`);
const RATE_LIMIT_MODULE = `(name = "bench:rate-limit", esModule = embed "rate-limit-stand-in.js", internal = true)`;
const BUCKET_MODULES = `(name = "miniflare:shared", esModule = embed "shared.worker.js"),
    (name = "miniflare:zod", esModule = embed "zod.worker.js")`;

/** Where a `workerd serve` process keeps its state and listens. */
export interface WorkerdConfig {
  /** For the configuration, objects and files; kept between starts. */
  readonly folder: string;
  readonly port: number;
  /** V8 flags, for profiling. */
  readonly v8Flags?: readonly string[];
}

function write({ folder, v8Flags = [] }: WorkerdConfig, body: string): string {
  const file = join(folder, "workerd.capnp");
  const flags = v8Flags.length === 0 ? "" : `v8Flags = [${v8Flags.map(text).join(", ")}],\n  `;
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";\n\nconst config :Workerd.Config = (\n  ${flags}${body}\n);\n`,
  );
  return file;
}

const socket = (name: string, port: number) =>
  `(name = ${text(name)}, address = "127.0.0.1:${port}", http = (), service = ${text(name)})`;

function bareService(folder: string, bundle: Bundle, bindings: readonly string[]): string {
  copyFileSync(fileURLToPath(new URL("bare-worker.js", import.meta.url)), join(folder, "bare-worker.js"));
  return service(
    "bare",
    `worker = (
      modules = [(name = "bare-worker.js", esModule = embed "bare-worker.js")],
      compatibilityDate = ${text(bundle.compatibilityDate)}, bindings = [${bindings.join(", ")}]
    )`,
  );
}

function edgeCacheService(folder: string, bundle: Bundle, module: string): string {
  copyFileSync(module, join(folder, "edge-cache.js"));
  return service(
    "edge-cache",
    `worker = (
      modules = [(name = "edge-cache.js", esModule = embed "edge-cache.js")],
      compatibilityDate = ${text(bundle.compatibilityDate)},
      bindings = [(name = "ORIGIN", service = (name = "gateway", entrypoint = "Files"))]
    )`,
  );
}

/** Writes the bare worker's configuration. @returns its file */
export function writeBareConfig(bundle: Bundle, settings: Record<string, string>, config: WorkerdConfig): string {
  mkdirSync(config.folder, { recursive: true });
  const bare = bareService(config.folder, bundle, Object.entries(settings).map(textBinding));
  return write(config, `services = ${list([INTERNET, bare])},\n  sockets = [${socket("bare", config.port)}]`);
}

/** What a gateway's process contains besides the gateway. */
export interface GatewayExtras {
  /** Where a bare worker with the same bucket listens, in the same process; null: there is none. */
  readonly barePort: number | null;
  /** Whether files can be kept. */
  readonly bucket: boolean;
  /** Another release, whose Worker handles requests in front of this one's objects, as in a gradual deployment; default none. */
  readonly front?: Bundle;
  /** Module of a Worker that stands in for the platform's cache in front of `Files`; default none. */
  readonly edgeCache?: string;
}

/** Copies a bundle beside the configuration. @returns its modules as the configuration embeds them, the main one first */
function embedModules(bundle: Bundle, folder: string, name: string): string[] {
  mkdirSync(join(folder, name), { recursive: true });
  return bundle.modules.map((module) => {
    copyFileSync(join(bundle.folder, module), join(folder, name, module));
    const type = module.endsWith(".js") ? "esModule" : module.endsWith(".bin") ? "data" : "text";
    return `(name = ${text(module)}, ${type} = embed ${text(`${name}/${module}`)})`;
  });
}

/**
 * Writes the gateway's configuration.
 *
 * @param settings vars and secrets (contract section 1)
 * @returns the configuration's file
 */
export function writeGatewayConfig(
  bundle: Bundle,
  settings: Record<string, string>,
  config: WorkerdConfig,
  { barePort, bucket, front, edgeCache }: GatewayExtras,
): string {
  const { folder } = config;
  const objects = join(folder, "objects");
  mkdirSync(objects, { recursive: true });
  const standIn = "rate-limit-stand-in.js";
  copyFileSync(fileURLToPath(new URL(standIn, import.meta.url)), join(folder, standIn));
  const namespaces = bundle.objects.map(
    ({ className }) => `(className = ${text(className)}, uniqueKey = ${text(`bench-${className}`)}, enableSql = true)`,
  );
  const bindings = list([
    ...bundle.objects.map(
      ({ name, className }) =>
        `(name = ${text(name)}, durableObjectNamespace = (className = ${text(className)}, serviceName = "gateway"))`,
    ),
    ...Object.entries(settings).map(textBinding),
    BUCKET_BINDING,
    `(name = "EDGE_LIMIT", wrapped = (moduleName = "bench:rate-limit"))`,
    ...(edgeCache === undefined ? [] : [`(name = "EDGE", service = "edge-cache")`]),
  ]);
  const worker = (name: string, release: Bundle, more: string) =>
    service(
      name,
      `worker = (
      modules = [${embedModules(release, folder, name).join(", ")}],
      compatibilityDate = ${text(release.compatibilityDate)},
      compatibilityFlags = [${release.compatibilityFlags.map(text).join(", ")}],${more}
      bindings = ${bindings}
    )`,
    );
  const gateway = worker(
    "gateway",
    bundle,
    `
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "objects"),`,
  );
  const services = [
    INTERNET,
    service("objects", `disk = (path = ${text(objects)}, writable = true)`),
    ...(bucket ? bucketServices(folder) : [EMPTY_BUCKET]),
    gateway,
    ...(front === undefined ? [] : [worker("front", front, "")]),
    ...(barePort === null ? [] : [bareService(folder, bundle, [BUCKET_BINDING])]),
    ...(edgeCache === undefined ? [] : [edgeCacheService(folder, bundle, edgeCache)]),
  ];
  const sockets = [
    socket(front === undefined ? "gateway" : "front", config.port),
    ...(barePort === null ? [] : [socket("bare", barePort)]),
  ];
  const extensions = [RATE_LIMIT_MODULE, ...(bucket ? [BUCKET_MODULES] : [])].join(",\n    ");
  const head = `extensions = [(modules = [\n    ${extensions}])],`;
  return write(config, `${head}\n  services = ${list(services)},\n  sockets = [${sockets.join(", ")}]`);
}
