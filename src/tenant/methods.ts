/**
 * Builds the class of a tenant's object from tables of methods. An entry says who may call the method and which handler
 * does the work; the handler's parameters after `services` are the method's.
 */
import { DurableObject } from "cloudflare:workers";
import type { ApiError } from "../errors.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import type { Caller, Result } from "./api.ts";
import { TenantLoader } from "./loader.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import type { PermissionName } from "./permissions.ts";
import type { Access } from "./rules/access.ts";
import type { TenantServices } from "./services.ts";

/** An entry of a table: a method without its object. */
export type Method<A extends unknown[], R> = (loader: TenantLoader, ...args: A) => Promise<R>;

/** A table of methods by name. */
export type Methods = Readonly<Record<string, Method<never, unknown>>>;

/** The methods of a table, as the object has them. */
export type MethodsOf<M> = {
  [K in keyof M]: M[K] extends Method<infer A, infer R> ? (...args: A) => Promise<R> : never;
};

/** A method for the tenant: checks the credential of the caller, who is its first argument, before the work. */
export const forTenant =
  <A extends unknown[], T>(
    permission: PermissionName,
    work: (services: TenantServices, access: Access, ...args: A) => T | ApiError | Promise<T | ApiError>,
  ): Method<[caller: Caller, ...args: A], Result<T>> =>
  (loader, caller, ...args) =>
    loader.withAccess(caller, permission, (services, access) => work(services, access, ...args));

/** The same for work that is alike for every credential with the permission. */
export const forAnyCaller = <A extends unknown[], T>(
  permission: PermissionName,
  work: (services: TenantServices, ...args: A) => T | ApiError | Promise<T | ApiError>,
) => forTenant<A, T>(permission, (services, _access, ...args) => work(services, ...args));

/** A method for the operator and the Worker itself: returns null if there is no such tenant. */
export const live =
  <A extends unknown[], T>(work: (services: TenantServices, ...args: A) => T | Promise<T>): Method<A, T | null> =>
  (loader, ...args) =>
    loader.live((services) => work(services, ...args));

/** The same for a change that records an audit event: sends the event before it returns. */
export const audited =
  <A extends unknown[], T>(work: (services: TenantServices, ...args: A) => Promise<T>): Method<A, T | null> =>
  (loader, ...args) =>
    loader.audited((services) => work(services, ...args));

/** What all methods share. */
class TenantBase extends DurableObject<Bindings> {
  protected readonly loader: TenantLoader;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that was never a tenant stays empty: a call with an invented id must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
    this.loader = new TenantLoader(ctx, () => this.env);
  }
}

/** Returns a class with these methods. They are on its prototype, because RPC offers no others. */
export function withMethods<M extends Methods>(
  methods: M,
): new (
  ctx: DurableObjectState,
  env: Bindings,
) => TenantBase & MethodsOf<M> {
  class WithMethods extends TenantBase {
    static {
      for (const [name, method] of Object.entries(methods)) {
        const value = function (this: WithMethods, ...args: never) {
          return method(this.loader, ...args);
        };
        Object.defineProperty(WithMethods.prototype, name, { value, configurable: true, writable: true });
      }
    }
  }
  return WithMethods as unknown as ReturnType<typeof withMethods<M>>;
}
