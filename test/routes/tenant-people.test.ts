/** The operator's and the portal's view of a tenant's end users and tokens: the same as the tenant's own. */
import { describe, expect, it } from "vitest";
import { call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, submitImage, tokenFor } from "../support/operator.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";

interface Token {
  readonly tokenId: string;
  readonly ended: boolean;
}
const own = <T>({ auth }: TestTenant, path: string) => call<T>("GET", `/api/v1${path}`, { headers: auth });
const LIMITS = { blocked: false, dailyCredits: 7, monthlyCredits: null, dailyTasks: null, concurrentTasks: 2 };

/** What the operator, and a person in the portal, may call in place of the tenant's own API. */
async function others(tenant: TestTenant) {
  const session = { ...(await signIn(tenant)), ...SAME_ORIGIN };
  return [
    {
      name: "operator",
      ask: <T>(method: string, path: string, body?: object) =>
        operate<T>(method, `/tenants/${tenant.tenantId}${path}`, body),
    },
    {
      name: "portal",
      ask: <T>(method: string, path: string, body?: object) =>
        call<T>(method, portalPath(session, path), { headers: session, body }),
    },
  ];
}

describe("a tenant's end users", () => {
  it("are listed, limited and blocked by the operator and in the portal in the tenant's own shapes", async () => {
    const tenant = await createTenant();
    const { data } = await submitImage(await tokenFor(tenant, { endUser: "ann / 1" }));
    await untilEnded(tenant, data.taskId);
    for (const { name, ask } of await others(tenant)) {
      expect((await ask("GET", "/end-users")).data, name).toEqual((await own(tenant, "/end-users")).data);
      const path = `/end-users/${encodeURIComponent("ann / 1")}`;
      expect((await ask("PUT", path, { dailyCredits: 7, concurrentTasks: 2 })).data).toMatchObject(LIMITS);
      expect((await ask("GET", path)).data).toEqual((await own(tenant, path)).data);
      expect(await ask("PUT", path, { dailyCredits: -1 })).toMatchObject({ status: 400, code: 30001 });
      expect(await ask("PUT", "/end-users/..%2f", {})).toMatchObject({ status: 200 });
      expect((await ask("PUT", path, { blocked: true })).data).toMatchObject({ blocked: true });
      const minted = await call("POST", "/api/v1/client-tokens", {
        headers: tenant.auth,
        body: { endUser: "ann / 1" },
      });
      expect(minted).toMatchObject({ status: 403, code: 20002 });
      await ask("PUT", path, {});
    }
    const log = await operate<{ entries: { actor: { id: string }; target: string }[] }>(
      "GET",
      `/audit?tenantId=${tenant.tenantId}&action=end-user.update`,
    );
    expect(new Set(log.data.entries.map(({ actor }) => actor.id))).toEqual(new Set(["root", "portal"]));
  });

  it("have tokens that the operator and people in the portal list and end", async () => {
    const tenant = await createTenant();
    for (const { name, ask } of await others(tenant)) {
      const auth = await tokenFor(tenant, { endUser: name });
      await submitImage(auth);
      const list = await ask<{ tokens: Token[] }>("GET", `/client-tokens?endUser=${name}`);
      expect(list.data).toEqual((await own(tenant, `/client-tokens?endUser=${name}`)).data);
      const { tokenId = "" } = list.data.tokens[0] ?? {};
      expect((await ask("DELETE", `/client-tokens/${tokenId}`)).data).toEqual({ tokenId, ended: true });
      expect(await call("GET", "/api/v1/client-token", { headers: auth })).toMatchObject({ status: 401 });
      expect(await ask("DELETE", "/client-tokens/tok_x")).toMatchObject({ status: 404, code: 40002 });
    }
  });

  it("do not exist for an unknown tenant", async () => {
    const nobody = "/tenants/ten_00112233445566778899";
    for (const [method, path, body] of [
      ["GET", "/end-users", undefined],
      ["GET", "/end-users/x", undefined],
      ["PUT", "/end-users/x", {}],
      ["GET", "/client-tokens", undefined],
      ["DELETE", "/client-tokens/tok_0011223344556677", undefined],
      ["GET", "/portal-sessions", undefined],
      ["DELETE", "/portal-sessions/0011223344556677", undefined],
      ["POST", "/deliveries/redeliver", undefined],
      ["GET", "/deliveries/msg_x", undefined],
    ] as const) {
      expect(await operate(method, nobody + path, body), path).toMatchObject({ status: 404, code: 40002 });
    }
  });
});
