/** Keys, sessions and audit entries of a tenant are bounded, whatever its people do in the portal. */
import { evictDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { BASE, call, createTenant, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { portalPath } from "../support/portal.ts";
import { sqlIn, tenantStub } from "../support/tenant-object.ts";

interface KeyPage {
  keys: { keyId: string; status: string }[];
  nextCursor: string | null;
}

const list = ({ tenantId }: TestTenant, query = "") => operate<KeyPage>("GET", `/tenants/${tenantId}/keys${query}`);

async function signIn({ tenantId }: TestTenant): Promise<{ cookie: string; "sec-fetch-site": string }> {
  const link = await operate<{ url: string }>("POST", `/tenants/${tenantId}/portal-links`);
  const code = new URL(link.data.url).searchParams.get("code") ?? "";
  const signedIn = await exports.default.fetch(
    new Request(`${BASE}/portal/session`, {
      method: "POST",
      redirect: "manual",
      headers: { "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" },
      body: `code=${code}`,
    }),
  );
  await signedIn.text();
  const [cookie = ""] = (signedIn.headers.get("set-cookie") ?? "").split(";");
  return { cookie, "sec-fetch-site": "same-origin" };
}

describe("GET /admin/v1/tenants/{tenantId}/keys", () => {
  it("is paged, oldest first, and each key comes once", async () => {
    const tenant = await createTenant();
    const made = [tenant.keyId];
    for (let key = 0; key < 4; key += 1) {
      const { data } = await operate<{ keyId: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
        name: `key ${key}`,
      });
      made.push(data.keyId);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: KeyPage } = await list(tenant, `?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.data.keys.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.keys.map(({ keyId }) => keyId));
      cursor = page.data.nextCursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(made.toSorted());
    expect((await list(tenant)).data).toMatchObject({ nextCursor: null });
    for (const query of ["?limit=0", "?limit=101", "?cursor=x"]) {
      expect(await list(tenant, query)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("lists the 100 keys that were revoked last, and none that was revoked long ago", async () => {
    const tenant = await createTenant();
    const path = `/tenants/${tenant.tenantId}/keys`;
    const [row] = await sqlIn<Record<string, unknown>>(tenant.tenantId, "SELECT * FROM keys");
    const columns = Object.keys(row ?? {});
    for (let index = 0; index < 120; index += 1) {
      const revokedAt = index < 3 ? Date.now() - 31 * 86_400_000 : Date.now() - 120_000 + index;
      const copy = {
        ...row,
        key_id: `key_${String(index).padStart(16, "0")}`,
        hash: `h${index}`,
        revoked_at: revokedAt,
      };
      await sqlIn(
        tenant.tenantId,
        `INSERT INTO keys (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
        ...columns.map((name) => copy[name as keyof typeof copy]),
      );
    }
    await evictDurableObject(tenantStub(tenant.tenantId));
    await operate("POST", path, { name: "one more" });
    const rows = await sqlIn<{ key_id: string }>(
      tenant.tenantId,
      "SELECT key_id FROM keys WHERE revoked_at IS NOT NULL",
    );
    expect(rows).toHaveLength(100);
    expect(rows.map(({ key_id }) => key_id)).not.toContain("key_0000000000000002");
    expect(rows.map(({ key_id }) => key_id)).toContain("key_0000000000000119");
  });
});

describe("the portal's people", () => {
  it("make at most 30 changes a minute together, each with a small entry in the audit log", async () => {
    const tenant = await createTenant(
      {},
      { allowedOrigins: Array.from({ length: 100 }, (_, at) => `https://${"a".repeat(50)}${at}.example`) },
    );
    const sessions = [await signIn(tenant), await signIn(tenant)];
    const statuses: number[] = [];
    for (let time = 0; time < 40; time += 1) {
      const headers = sessions[time % 2] ?? {};
      const path = portalPath(headers, `/keys/${tenant.keyId}/rotate`);
      statuses.push((await call("POST", path, { headers, body: { overlapSeconds: 0 } })).status);
    }
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(33);
    expect(statuses).toContain(429);
    expect(await call("GET", portalPath(sessions[0] ?? {}, "/account"), { headers: sessions[0] ?? {} })).toMatchObject({
      status: 200,
    });
    const log = await operate<{ entries: { action: string }[] }>("GET", `/audit?tenantId=${tenant.tenantId}&limit=100`);
    const rotations = log.data.entries.filter(({ action }) => action === "key.rotate");
    expect(rotations.length).toBe(statuses.filter((status) => status === 200).length);
    for (const entry of log.data.entries) expect(JSON.stringify(entry).length).toBeLessThanOrEqual(2_048);
  });

  it("are signed out when the operator ends the tenant's sessions, and their unused links end too", async () => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    const [mine, theirs] = [await signIn(tenant), await signIn(other)];
    const link = await operate<{ url: string }>("POST", `/tenants/${tenant.tenantId}/portal-links`);
    const ended = await operate("DELETE", `/tenants/${tenant.tenantId}/portal-sessions`);
    expect(ended).toMatchObject({ status: 200, data: { ended: 1 } });
    expect(await call("GET", portalPath(mine, "/account"), { headers: mine })).toMatchObject({
      status: 401,
      code: 20001,
    });
    expect(await call("GET", portalPath(theirs, "/account"), { headers: theirs })).toMatchObject({ status: 200 });
    const code = new URL(link.data.url).searchParams.get("code") ?? "";
    const opened = await call("POST", "/portal/session", {
      headers: { "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" },
      body: `code=${code}`,
    });
    expect(opened.status).toBe(410);
    expect(
      await call("DELETE", "/admin/v1/tenants/ten_00112233445566778899/portal-sessions", { headers: OPERATOR }),
    ).toMatchObject({ status: 404 });
  });
});
