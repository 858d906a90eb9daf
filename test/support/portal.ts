/** The portal as a browser uses it: links, the button behind them, and the session's cookie. */
import { exports } from "cloudflare:workers";
import { BASE, call, OPERATOR, type TestTenant } from "./gateway.ts";

/** What a browser sends with a request of the portal's own pages. */
export const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };

/** Makes a portal link through the operator API. */
export async function newLink(
  tenant: Pick<TestTenant, "tenantId">,
): Promise<{ url: string; code: string; expiresAt: string }> {
  const path = `/admin/v1/tenants/${tenant.tenantId}/portal-links`;
  const { data } = await call<{ url: string; expiresAt: string }>("POST", path, { headers: OPERATOR });
  return { ...data, code: new URL(data.url).searchParams.get("code") ?? "" };
}

/** Presses the button of the page behind a link. */
export function press(code: string, headers: Record<string, string> = SAME_ORIGIN): Promise<Response> {
  return exports.default.fetch(
    new Request(`${BASE}/portal/session`, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ code }).toString(),
    }),
  );
}

/** Returns the path of a call of the portal's pages, by the tenant of the session's cookie. */
export function portalPath({ cookie = "" }: { readonly cookie?: string }, path: string): string {
  return `/portal/t/${/paddock-portal-(\w+)=/.exec(cookie)?.[1]}/api${path}`;
}

/** Signs in by a new link. @returns the header with the session's cookie */
export async function signIn(tenant: Pick<TestTenant, "tenantId">): Promise<{ cookie: string }> {
  const response = await press((await newLink(tenant)).code);
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}
