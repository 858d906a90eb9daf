/** Makes one tenant's object fail, as an object of the platform may. */
import { runInDurableObject } from "cloudflare:test";
import { tenantStub } from "./tenant-object.ts";

/** How calls of the object end. */
export type Failure = "fails" | "hangs";

/** Makes a tenant's object fail every call, or leave it without an answer. @returns what puts it right again */
export async function breakObject({ tenantId }: { tenantId: string }, failure: Failure): Promise<() => void> {
  let loader: Record<string, unknown> = {};
  await runInDurableObject(tenantStub(tenantId), (instance) => {
    loader = (instance as unknown as { loader: Record<string, unknown> }).loader;
  });
  const failing = () => (failure === "hangs" ? new Promise(() => {}) : Promise.reject(new Error("broken")));
  for (const method of ["open", "openLive", "withAccess"]) loader[method] = failing;
  return () => {
    for (const method of ["open", "openLive", "withAccess"]) delete loader[method];
  };
}
