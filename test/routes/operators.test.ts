/** Operators with names and scopes: their tokens, and who may change whom (contract sections 6 and 9). */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, inject, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { mintOperatorCredential } from "../../src/domain/operator-credential.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { BASE, call, createTenant } from "../support/gateway.ts";
import { createOperator, operate } from "../support/operator.ts";
import { until } from "../support/until.ts";

interface View {
  readonly operatorId: string;
  readonly name: string;
  readonly scopes: string[];
  readonly status: string;
  readonly expiresAt: string | null;
  readonly token?: string;
}
const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
const ended = (auth: { authorization: string }) =>
  until("the token has ended", async () => (await operate("GET", "/operators", undefined, auth)).status === 401);

describe("an operator", () => {
  it("is shown with its token once, and works with its scopes at once", async () => {
    const made = await operate<View>("POST", "/operators", { name: "Ann", scopes: ["read", "read", "operators"] });
    expect(made.data).toMatchObject({
      operatorId: expect.stringMatching(/^opr_[0-9a-f]{16}$/),
      name: "Ann",
      scopes: ["read", "operators"],
      status: "active",
      expiresAt: null,
      lastUsedAt: null,
      signedWith: "first",
      previousExpiresAt: null,
      token: expect.stringMatching(/^pdo_[\w-]{54}$/),
    });
    const { token = "", operatorId, ...shown } = made.data;
    const auth = { authorization: `Bearer ${token}` };
    const own = await operate<View>("GET", `/operators/${operatorId}`, undefined, auth);
    expect(own.data).toMatchObject({ ...shown, lastUsedAt: expect.any(String) });
    const list = await operate("GET", "/operators?limit=100");
    expect(list.text).toContain(operatorId);
    expect(list.text).not.toContain(token.slice(4));
    expect(await operate("GET", "/operators/opr_0011223344556677")).toMatchObject({ status: 404, code: 40002 });
  });

  it("is refused with wrong settings", async () => {
    for (const body of [
      {},
      { name: "x" },
      { name: "x", scopes: [] },
      { name: "x", scopes: ["root"] },
      { name: "", scopes: ["read"] },
      { name: "x", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" },
      { name: "x", scopes: ["read"], more: 1 },
    ]) {
      expect(await operate("POST", "/operators", body)).toMatchObject({ status: 400, code: 30001 });
    }
  });

  it("is named in the audit log, by what it was called then, and found there by its id", async () => {
    const { operatorId, auth } = await createOperator(["tenants", "read"], { name: "Ben" });
    const { tenantId } = await createTenant();
    await operate("PATCH", `/tenants/${tenantId}`, { concurrentTasks: 7 }, auth);
    await operate("PATCH", `/operators/${operatorId}`, { name: "Benjamin" });
    const actor = { id: operatorId, name: "Ben" };
    const log = await operate<{ entries: unknown[] }>("GET", `/audit?actor=${operatorId}`, undefined, auth);
    expect(log.data.entries).toMatchObject([{ actor, action: "tenant.update", tenantId }]);
    const about = await operate<{ entries: { target: string }[] }>(
      "GET",
      "/audit?actor=root&action=operator.update&limit=100",
    );
    expect(about.data.entries.find(({ target }) => target === operatorId)).toMatchObject({
      actor: { id: "root", name: "root" },
      before: { name: "Ben" },
      after: { name: "Benjamin" },
      tenantId: null,
    });
  });

  it("ends when it is deleted", async () => {
    const { operatorId, auth, token } = await createOperator(["read"]);
    expect((await operate("GET", "/operators", undefined, auth)).status).toBe(200);
    expect((await operate("DELETE", `/operators/${operatorId}`)).data).toEqual({ operatorId, status: "deleted" });
    const refused = await operate("GET", "/operators", undefined, auth);
    expect(refused).toMatchObject({ status: 401, code: 20008 });
    expect((await operate("DELETE", `/operators/${operatorId}`)).status).toBe(404);
    const log = await operate("GET", "/audit?action=operator.delete");
    expect(log.text).toContain(operatorId);
    expect(log.text).not.toContain(token);
  });

  it("ends at its expiry", async () => {
    const { auth } = await createOperator(["read"], { expiresAt: soon(1_500) });
    expect((await operate("GET", "/operators", undefined, auth)).status).toBe(200);
    await ended(auth);
  });

  it("has a new token after a rotation, and the old one for as long as was said", async () => {
    const { operatorId, auth } = await createOperator(["read"]);
    const rotated = await operate<View>("POST", `/operators/${operatorId}/rotate`, { overlapSeconds: 2 });
    expect(rotated.data).toMatchObject({ operatorId, previousExpiresAt: expect.any(String) });
    const next = { authorization: `Bearer ${rotated.data.token}` };
    expect((await operate("GET", "/operators", undefined, next)).status).toBe(200);
    await ended(auth);
    const again = await operate<View>("POST", `/operators/${operatorId}/rotate`);
    expect(again.data).toMatchObject({ previousExpiresAt: null });
    expect((await operate("GET", "/operators", undefined, next)).status).toBe(401);
    for (let time = 0; time < 8; time += 1) {
      const more = await operate("POST", `/operators/${operatorId}/rotate`, { overlapSeconds: 600 });
      expect(more.status).toBe(200);
    }
    const last = await operate("POST", `/operators/${operatorId}/rotate`, { overlapSeconds: 600 });
    expect(last).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("a token that this deployment did not make", () => {
  it("is refused without a call of the Directory, and counts as a failed authentication", async () => {
    const { operatorId } = await createOperator(["read"]);
    const [foreign] = await importSigningSecrets(["another deployment's secret of 32 characters"]);
    if (!foreign) throw new Error("no secret");
    const forged = await mintOperatorCredential("token", operatorId, new Uint8Array(16), foreign);
    const counted: string[] = [];
    const bindings = {
      ...env,
      DIRECTORY: {
        getByName() {
          throw new Error("The Directory was called");
        },
      },
      EDGE_LIMIT: {
        async limit({ key }: { key: string }) {
          counted.push(key);
          return { success: true };
        },
      },
    };
    const headers = { authorization: `Bearer ${forged}`, "cf-connecting-ip": "198.51.100.77" };
    const response = await createApp().fetch(
      new Request(`${BASE}/admin/v1/operators`, { headers }),
      bindings as never,
      createExecutionContext(),
    );
    expect(await response.json()).toMatchObject({ code: 20008 });
    expect(counted).toEqual(["198.51.100.77"]);
  });

  it("is refused if the deployment made it and the Directory does not know it", async () => {
    const { operatorId } = await createOperator(["read"]);
    const [signer] = await importSigningSecrets((inject("gatewaySettings").SIGNING_SECRETS ?? "").split(","));
    if (!signer) throw new Error("no secret");
    const unknown = await mintOperatorCredential("token", operatorId, new Uint8Array(16), signer);
    expect(await operate("GET", "/operators", undefined, { authorization: `Bearer ${unknown}` })).toMatchObject({
      status: 401,
      code: 20008,
    });
  });
});

describe("an operator who manages operators", () => {
  it("gives no scope that it does not have", async () => {
    const { auth } = await createOperator(["operators", "read"]);
    const refused = await operate("POST", "/operators", { name: "x", scopes: ["read", "billing"] }, auth);
    expect(refused).toMatchObject({ status: 403, code: 20002 });
    expect(refused.msg).toContain("billing");
    const lesser = await createOperator(["metrics"], {}, auth);
    const path = `/operators/${lesser.operatorId}`;
    expect((await operate("PATCH", path, { scopes: ["read"] }, auth)).status).toBe(200);
    expect(await operate("PATCH", path, { scopes: ["tenants"] }, auth)).toMatchObject({ status: 403, code: 20002 });
  });

  it("neither changes nor rotates an operator who has more, but can delete it", async () => {
    const { auth } = await createOperator(["operators", "read"]);
    const { operatorId } = await createOperator(["billing"]);
    const path = `/operators/${operatorId}`;
    expect(await operate("PATCH", path, { name: "x" }, auth)).toMatchObject({ status: 403, code: 20002 });
    expect(await operate("PATCH", path, { scopes: ["read"] }, auth)).toMatchObject({ status: 403, code: 20002 });
    expect(await operate("POST", `${path}/rotate`, {}, auth)).toMatchObject({ status: 403, code: 20002 });
    expect((await operate("DELETE", path, undefined, auth)).status).toBe(200);
  });

  it("cannot change its own scopes or expiry", async () => {
    const { operatorId, auth } = await createOperator(["operators", "read"]);
    const path = `/operators/${operatorId}`;
    for (const body of [{ scopes: ["operators", "billing"] }, { scopes: ["read"] }, { expiresAt: soon(60_000) }]) {
      expect(await operate("PATCH", path, body, auth)).toMatchObject({ status: 403, code: 20002 });
    }
    expect((await operate<View>("PATCH", path, { name: "Renamed" }, auth)).data.name).toBe("Renamed");
  });

  it("gives no more time than it has", async () => {
    const { auth } = await createOperator(["operators", "read"], { expiresAt: soon(3_600_000) });
    for (const expiresAt of [null, soon(7_200_000)]) {
      const refused = await operate("POST", "/operators", { name: "x", scopes: ["read"], expiresAt }, auth);
      expect(refused).toMatchObject({ status: 403, code: 20002 });
      expect(refused.msg).toContain("expiresAt");
    }
    await createOperator(["read"], { expiresAt: soon(60_000) }, auth);
  });

  it("takes no time by a rotation: the new token of another operator ends no later than its own", async () => {
    const { auth, operatorId: own } = await createOperator(["operators", "read"], { expiresAt: soon(3_600_000) });
    for (const settings of [{}, { expiresAt: soon(7_200_000) }]) {
      const { operatorId } = await createOperator(["operators"], settings);
      const refused = await operate("POST", `/operators/${operatorId}/rotate`, {}, auth);
      expect(refused).toMatchObject({ status: 403, code: 20002 });
      expect(refused.msg).toContain("expiresAt");
    }
    const { operatorId } = await createOperator(["read"], { expiresAt: soon(60_000) });
    expect((await operate("POST", `/operators/${operatorId}/rotate`, {}, auth)).status).toBe(200);
    const rotated = await operate("POST", `/operators/${own}/rotate`, { overlapSeconds: 60 }, auth);
    expect(rotated.status).toBe(200);
  });
});

describe("the scope of every field", () => {
  it("is asked in a tenant's settings", async () => {
    const { tenantId } = await createTenant();
    const path = `/tenants/${tenantId}`;
    const [billing, tenants] = await Promise.all([createOperator(["billing"]), createOperator(["tenants"])]);
    const money = { markup: 2, monthlyCredits: 5, lowBalance: 1, prices: null, billing: "prepaid" };
    for (const [name, value] of Object.entries(money)) {
      expect((await operate("PATCH", path, { [name]: value }, billing.auth)).status).toBe(200);
      const refused = await operate("PATCH", path, { concurrentTasks: 5, [name]: value }, tenants.auth);
      expect(refused).toMatchObject({ status: 403, code: 20002 });
      expect(refused.msg).toContain("billing");
    }
    const others = { name: "x", status: "active", requestsPerMinute: 5, filesVisibility: "signed", retentionDays: 3 };
    for (const [name, value] of Object.entries(others)) {
      expect((await operate("PATCH", path, { [name]: value }, tenants.auth)).status).toBe(200);
      const refused = await operate("PATCH", path, { [name]: value }, billing.auth);
      expect(refused).toMatchObject({ status: 403, code: 20002 });
      expect(refused.msg).toContain("tenants");
    }
    const creation = await operate("POST", "/tenants", { name: "x", markup: 0 }, tenants.auth);
    expect(creation).toMatchObject({ status: 403, code: 20002 });
  });
});

describe("a path of the operator API", () => {
  it("answers 401 before 405, and 405 whatever the scopes", async () => {
    const { auth } = await createOperator(["metrics"]);
    expect((await call("PUT", "/admin/v1/tenants")).status).toBe(401);
    expect(await call("PUT", "/admin/v1/tenants", { headers: auth })).toMatchObject({ status: 405, code: 70007 });
    expect((await call("HEAD", "/admin/v1/tenants", { headers: auth })).status).toBe(403);
    expect((await call("GET", "/metrics", { headers: auth })).status).toBe(200);
    expect(await call("POST", "/metrics")).toMatchObject({ status: 401, code: 20001 });
    expect(await call("POST", "/metrics", { headers: auth })).toMatchObject({ status: 405, code: 70007 });
  });
});
