/** Ambient types of the platform's bindings. Inline imports, so that no module has to import an object's class for its type. */

/** What the platform hands to the Worker and to the objects (wrangler.toml and its secrets). */
interface Bindings {
  readonly TENANTS: DurableObjectNamespace<import("./tenant/object.ts").Tenant>;
  readonly DIRECTORY: DurableObjectNamespace<import("./directory/object.ts").Directory>;
  readonly FILES: R2Bucket;
  readonly EDGE_LIMIT: RateLimit;
  /** Optional: without it, only the upstream's own thumbnails exist. */
  readonly IMAGES?: ImagesBinding;
  /** Optional: without it, nobody gets a portal link by e-mail. */
  readonly MAIL?: SendEmail;
  /** Stands in for the platform's cache in front of `Files`, in tests (test/support/edge-cache.ts). */
  readonly EDGE?: Service<import("./edge/files.ts").Files>;
  readonly [setting: string]: unknown;
}

/** `ctx.exports` of this Worker: the loopback to its stateless entrypoints. */
interface LoopbackExports {
  readonly Courier: Service<import("./courier/courier.ts").Courier>;
  /** Behind the edge cache, where the platform has one. */
  readonly Files: Service<import("./edge/files.ts").Files>;
}

/** Stub of one tenant's object. */
type TenantStub = DurableObjectStub<import("./tenant/object.ts").Tenant>;

/** Stub of the Directory. */
type DirectoryStub = DurableObjectStub<import("./directory/object.ts").Directory>;

/** A Data module (wrangler's default rule for `.bin`). */
declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** A Text module (wrangler's default rule for `.txt` and `.sql`). */
declare module "*.txt" {
  const text: string;
  export default text;
}
declare module "*.sql" {
  const text: string;
  export default text;
}
