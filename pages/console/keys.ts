/** A tenant's keys, for the operator. */
import { h } from "../lib/dom.ts";
import { keyList } from "../lib/key-list.ts";
import type { TenantContext } from "./context.ts";

/** Shows a tenant's keys. */
export function keysTab({ api, path }: TenantContext): Node {
  return h("div", {}, keyList({ api, path: `${path}/keys`, operator: true }));
}
