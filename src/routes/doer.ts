/** Who does what a request asks for, as the audit log names it. */
import type { AppContext } from "../context.ts";
import type { Doer } from "../domain/audit.ts";

export function doerOf(c: AppContext, actor: Doer["actor"] = "operator"): Doer {
  return { actor, requestId: c.get("requestId") };
}
