import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { mintPortalCredential } from "../../src/domain/portal-credential.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { BASE, call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import { newLink, portalPath, press, SAME_ORIGIN, signIn } from "../support/portal.ts";
import { openInbox } from "../support/webhook-inbox.ts";

const bindings = env as unknown as Bindings;
const ask = <T = Record<string, unknown>>(session: { cookie: string }, method: string, path: string, body?: unknown) =>
  call<T>(method, portalPath(session, path), {
    headers: { ...session, ...SAME_ORIGIN },
    ...(body === undefined ? {} : { body }),
  });

describe("a portal link", () => {
  it("is on this host, lasts fifteen minutes and is in the audit log without its code", async () => {
    const tenant = await createTenant();
    const link = await newLink(tenant);
    expect(link.url).toMatch(/^https:\/\/gateway\.test\/portal\?code=ppl_[\w-]{62}$/);
    const left = Date.parse(link.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(14 * 60_000);
    expect(left).toBeLessThanOrEqual(15 * 60_000);
    const log = await call("GET", `/admin/v1/audit?tenantId=${tenant.tenantId}`, { headers: OPERATOR });
    expect(log.text).toContain("portal-link.create");
    expect(log.text).not.toContain(link.code);
  });

  it("is not used up by fetching it: previews and scanners do no harm", async () => {
    const link = await newLink(await createTenant());
    for (let time = 0; time < 3; time += 1) {
      const page = await call("GET", link.url);
      expect(page.status).toBe(200);
      expect(page.headers.get("set-cookie")).toBeNull();
      expect(page.text).toContain('action="/portal/session"');
    }
    expect((await call("HEAD", link.url)).status).toBe(200);
    expect((await press(link.code)).status).toBe(303);
  });

  it("signs in once, with a cookie that scripts, other sites and other hosts cannot have", async () => {
    const { tenantId } = await createTenant();
    const link = await newLink({ tenantId });
    const first = await press(link.code);
    expect(first.status).toBe(303);
    expect(first.headers.get("location")).toBe(`/portal/t/${tenantId}`);
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^__Host-paddock-portal-ten_\w+=pps_[\w-]{62}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const seconds = Number(/Max-Age=(\d+)/.exec(cookie)?.[1]);
    expect(seconds).toBeGreaterThan(8 * 3_600);
    expect(seconds).toBeLessThanOrEqual(24 * 3_600);
    const second = await press(link.code);
    expect(second.status).toBe(410);
    expect(second.headers.get("set-cookie")).toBeNull();
  });

  it("lets one of many simultaneous attempts through", async () => {
    const { code } = await newLink(await createTenant());
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => press(code)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 410)).toHaveLength(19);
  });

  it("expires", async () => {
    const tenant = await createTenant();
    const { code } = await newLink(tenant);
    await runInDurableObject(bindings.TENANTS.getByName(tenant.tenantId), (_, state) => {
      state.storage.sql.exec("UPDATE portal SET expires_at = ?", Date.now());
    });
    expect((await press(code)).status).toBe(410);
  });

  it("cannot be forged, and a session's text is no link", async () => {
    const tenant = await createTenant();
    const random = crypto.getRandomValues(new Uint8Array(20));
    const [stranger] = await importSigningSecrets(["somebody-elses-secret"]);
    const [signer] = await importSigningSecrets(["first-signing-secret-of-the-tests"]);
    if (!stranger || !signer) throw new Error("no secrets");
    const session = (await signIn(tenant)).cookie.split("=")[1] ?? "";
    const forged = [
      await mintPortalCredential("link", tenant.tenantId, random, stranger),
      // Made with the right secret but never by the object: a leaked secret alone opens nothing.
      await mintPortalCredential("link", tenant.tenantId, random, signer),
      session,
      session.replace("pps_", "ppl_"),
      "",
      "ppl_",
      `ppl_${"A".repeat(62)}`,
      "<script>",
    ];
    for (const code of forged) expect((await press(code)).status, code).toBe(410);
  });

  it("is refused when the button was not on this host's page", async () => {
    const { code } = await newLink(await createTenant());
    const elsewhere: Record<string, string>[] = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example" },
      { origin: "null" },
      {},
    ];
    for (const headers of elsewhere) expect((await press(code, headers)).status, JSON.stringify(headers)).toBe(403);
    expect((await press(code, { origin: BASE })).status).toBe(303);
  });

  it("of a deleted tenant opens nothing, and none is made for it", async () => {
    const tenant = await createTenant();
    const { code } = await newLink(tenant);
    await call("DELETE", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
    expect((await press(code)).status).toBe(410);
    const again = await call("POST", `/admin/v1/tenants/${tenant.tenantId}/portal-links`, { headers: OPERATOR });
    expect(again).toMatchObject({ status: 404, code: 40002 });
  });

  it("shows whatever is in its code as text", async () => {
    const page = await call("GET", `/portal?code=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain("<img");
  });
});

describe("two portals in one browser", () => {
  const NAMES = { name: "A" };

  it("have a session each: a call acts on the tenant in its path", async () => {
    const [a, b] = [await createTenant(NAMES), await createTenant({ name: "B" })];
    const cookie = [(await signIn(a)).cookie, (await signIn(b)).cookie].join("; ");
    for (const [tenant, name] of [
      [a, "A"],
      [b, "B"],
    ] as const) {
      const account = await call("GET", `/portal/t/${tenant.tenantId}/api/account`, { headers: { cookie } });
      expect(account.data).toMatchObject({ tenantId: tenant.tenantId, name });
    }
    const revoke = await call("DELETE", `/portal/t/${a.tenantId}/api/keys/${b.keyId}`, {
      headers: { cookie, ...SAME_ORIGIN },
    });
    expect(revoke).toMatchObject({ status: 404 });
    const listed = await call<{ portals: object[] }>("GET", "/portal/sessions", { headers: { cookie } });
    expect(listed.data.portals).toEqual([
      { tenantId: a.tenantId, name: "A" },
      { tenantId: b.tenantId, name: "B" },
    ]);
    await call("POST", `/portal/t/${a.tenantId}/api/sign-out`, { headers: { cookie, ...SAME_ORIGIN } });
    const left = await call<{ portals: object[] }>("GET", "/portal/sessions", { headers: { cookie } });
    expect(left.data.portals).toEqual([{ tenantId: b.tenantId, name: "B" }]);
  });

  it("never share a session: one of another tenant is refused with the reason", async () => {
    const [a, b] = [await createTenant(NAMES), await createTenant()];
    const value = (await signIn(b)).cookie.split("=")[1];
    const cookie = `__Host-paddock-portal-${a.tenantId}=${value}`;
    const refused = await call("GET", `/portal/t/${a.tenantId}/api/account`, { headers: { cookie } });
    expect(refused).toMatchObject({ status: 403, code: 20002 });
    expect(refused.msg).toContain("different tenants");
  });

  it("are listed for the portal's own pages alone", async () => {
    const { cookie } = await signIn(await createTenant(NAMES));
    const headers = { cookie, "sec-fetch-site": "cross-site" };
    expect(await call("GET", "/portal/sessions", { headers })).toMatchObject({ status: 403, code: 20002 });
    const forged = { cookie: "__Host-paddock-portal-ten_x=pps_x" };
    expect((await call("GET", "/portal/sessions", { headers: forged })).data).toEqual({ portals: [] });
  });
});

describe("a portal session", () => {
  it("leaves nothing in the database that could be used to sign in", async () => {
    const tenant = await createTenant();
    const link = await newLink(tenant);
    const { cookie } = await signIn(tenant);
    const dump = await runInDurableObject(bindings.TENANTS.getByName(tenant.tenantId), (_, state) =>
      JSON.stringify(state.storage.sql.exec("SELECT * FROM portal").toArray()),
    );
    expect(JSON.parse(dump)).toHaveLength(2);
    expect(dump).not.toContain(link.code);
    expect(dump).not.toContain(cookie.split("=")[1]);
  });

  it("sees its own tenant's account, tasks, ledger and usage", async () => {
    const tenant = await createTenant({ name: "Acme Films" });
    await call("POST", `/admin/v1/tenants/${tenant.tenantId}/credits`, { headers: OPERATOR, body: { credits: 500 } });
    const { data: task } = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: IMAGE,
    });
    await untilEnded(tenant, task.taskId);
    const session = await signIn(tenant);
    const account = await ask(session, "GET", "/account");
    expect(account.data).toMatchObject({ tenantId: tenant.tenantId, name: "Acme Films", usage: { tasks: 1 } });
    expect(account.data).not.toHaveProperty("key");
    const tasks = await ask<{ tasks: { taskId: number }[] }>(session, "GET", "/tasks");
    expect(tasks.data.tasks.map(({ taskId }) => taskId)).toEqual([task.taskId]);
    expect((await ask(session, "GET", `/tasks/${task.taskId}`)).data).toMatchObject({
      taskId: task.taskId,
      taskStatus: 2,
    });
    const ledger = await ask<{ entries: { kind: string }[] }>(session, "GET", "/ledger");
    expect(ledger.data.entries.map(({ kind }) => kind)).toContain("credit");
    const usage = await ask<{ rows: { tasks: number }[] }>(session, "GET", "/usage?groupBy=model");
    expect(usage.data.rows).toMatchObject([{ model: IMAGE.model, tasks: 1 }]);
    const csv = await call("GET", portalPath(session, "/ledger"), {
      headers: { ...session, ...SAME_ORIGIN, accept: "text/csv" },
    });
    expect(csv.text).toMatch(/^entryId,at,kind,credits/);
  });

  it("deletes a generation, which is in the audit log", async () => {
    const tenant = await createTenant();
    const { data: task } = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: IMAGE,
    });
    await untilEnded(tenant, task.taskId);
    const session = await signIn(tenant);
    expect((await ask(session, "DELETE", `/tasks/${task.taskId}`)).code).toBe(0);
    expect((await ask(session, "GET", `/tasks/${task.taskId}`)).status).toBe(404);
    const log = await call<{ entries: unknown[] }>("GET", `/admin/v1/audit?tenantId=${tenant.tenantId}&limit=1`, {
      headers: OPERATOR,
    });
    expect(log.data.entries).toMatchObject([
      { actor: { id: "portal", name: "portal" }, action: "task.delete", target: String(task.taskId) },
    ]);
  });

  it("reads the story of a task as the operator does, and takes no parameters there", async () => {
    const tenant = await createTenant();
    const { data: task } = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: IMAGE,
    });
    await untilEnded(tenant, task.taskId);
    const session = await signIn(tenant);
    const own = await ask(session, "GET", `/tasks/${task.taskId}/story`);
    const operators = await call("GET", `/admin/v1/tenants/${tenant.tenantId}/tasks/${task.taskId}`, {
      headers: OPERATOR,
    });
    expect(own.data).toEqual(operators.data);
    expect(await ask(session, "GET", `/tasks/${task.taskId}/story?x=1`)).toMatchObject({ status: 400, code: 30001 });
    expect(await ask(session, "GET", "/tasks/x/story")).toMatchObject({ status: 404, code: 40002 });
  });

  it("cannot see, name or touch what another tenant has", async () => {
    const [mine, theirs] = await Promise.all([createTenant(), createTenant()]);
    const { data: task } = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: theirs.auth,
      body: IMAGE,
    });
    await untilEnded(theirs, task.taskId);
    const session = await signIn(mine);
    expect((await ask<{ tasks: unknown[] }>(session, "GET", "/tasks")).data.tasks).toEqual([]);
    for (const [method, path] of [
      ["GET", `/tasks/${task.taskId}`],
      ["DELETE", `/tasks/${task.taskId}`],
      ["GET", `/tasks/${task.taskId}/deliveries`],
      ["GET", `/tasks/${task.taskId}/story`],
      ["DELETE", `/keys/${theirs.keyId}`],
      ["POST", `/keys/${theirs.keyId}/rotate`],
    ] as const) {
      expect(await ask(session, method, path), path).toMatchObject({ status: 404, code: 40002 });
    }
    expect((await call("GET", "/api/v1/account", { headers: theirs.auth })).code).toBe(0);
  });

  it("does not show a key's metadata, which is the operator's own", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const key = await call<{ keyId: string }>("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, {
      headers: OPERATOR,
      body: { name: "noted", metadata: { note: "pays late" } },
    });
    const answers = [
      await ask(session, "GET", "/keys"),
      await ask(session, "POST", `/keys/${key.data.keyId}/rotate`),
      await ask(session, "DELETE", `/keys/${key.data.keyId}`),
    ];
    for (const { code, text } of answers) {
      expect(code).toBe(0);
      expect(text).toContain("noted");
      expect(text).not.toContain("pays late");
    }
    const shown = await call("GET", `/admin/v1/tenants/${tenant.tenantId}/keys`, { headers: OPERATOR });
    expect(shown.text).toContain("pays late");
  });

  it("makes a key that works, shows it once, rotates it and revokes it; all in the audit log, as the portal's doing", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const made = await ask<{ keyId: string; key: string }>(session, "POST", "/keys", { name: "from the portal" });
    const account = (key: string) => call("GET", "/api/v1/account", { headers: { authorization: `Bearer ${key}` } });
    expect((await account(made.data.key)).code).toBe(0);
    const list = await ask(session, "GET", "/keys");
    expect(list.text).toContain("from the portal");
    expect(list.text).not.toContain(made.data.key);
    const { keyId } = made.data;
    const rotated = await ask<{ key: string }>(session, "POST", `/keys/${keyId}/rotate`, { overlapSeconds: 0 });
    expect((await account(made.data.key)).code).toBe(20008);
    expect((await account(rotated.data.key)).code).toBe(0);
    await ask(session, "DELETE", `/keys/${keyId}`);
    expect((await account(rotated.data.key)).code).toBe(20008);
    const log = await call<{ entries: { actor: { id: string }; action: string }[] }>(
      "GET",
      `/admin/v1/audit?tenantId=${tenant.tenantId}`,
      { headers: OPERATOR },
    );
    expect(log.data.entries.filter(({ actor }) => actor.id === "portal").map(({ action }) => action)).toEqual([
      "key.revoke",
      "key.rotate",
      "key.create",
      "portal.sign-in",
    ]);
    expect(log.text).not.toContain("pdk_");
  });

  it("waits for the test of a receiver that is slower than an object may be", async () => {
    const session = await signIn(await createTenant());
    const inbox = await openInbox({ delayMs: 6_000 });
    await ask(session, "PUT", "/webhook", { url: inbox.url });
    expect((await ask(session, "POST", "/webhook/test")).data).toMatchObject({ delivered: true, status: 200 });
  });

  it("sets, tries and removes the webhook endpoint", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    expect((await ask(session, "GET", "/webhook")).data).toBeNull();
    const url = "http://127.0.0.1:9/hook";
    const put = await ask(session, "PUT", "/webhook", { url });
    expect(put.data).toMatchObject({ url, secret: expect.stringMatching(/^whsec_/) });
    expect((await ask(session, "GET", "/webhook")).data).not.toHaveProperty("secret");
    expect((await ask(session, "POST", "/webhook/test")).data).toMatchObject({ delivered: false, status: null });
    expect((await ask(session, "POST", "/webhook/rotate")).data).toHaveProperty("secret");
    expect((await ask(session, "DELETE", "/webhook")).code).toBe(0);
    expect((await ask(session, "PUT", "/webhook", { url: "nonsense" })).code).toBe(30001);
  });

  it("is for looking only while the tenant is suspended", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const path = `/admin/v1/tenants/${tenant.tenantId}`;
    await call("PATCH", path, { headers: OPERATOR, body: { status: "suspended" } });
    expect((await ask(session, "GET", "/account")).data).toMatchObject({ status: "suspended" });
    expect((await ask(session, "GET", "/tasks")).code).toBe(0);
    for (const [method, where, body] of [
      ["POST", "/keys", { name: "no" }],
      ["POST", `/keys/${tenant.keyId}/rotate`, undefined],
      ["DELETE", `/keys/${tenant.keyId}`, undefined],
      ["PUT", "/webhook", { url: "http://127.0.0.1:9/hook" }],
      ["DELETE", "/tasks/1", undefined],
    ] as const) {
      expect(await ask(session, method, where, body), where).toMatchObject({ status: 403, code: 70004 });
    }
    expect((await ask(session, "POST", "/sign-out")).code).toBe(0);
  });

  it("ends by signing out, by time, and with its tenant", async () => {
    const tenant = await createTenant();
    const [left, late, orphan] = [await signIn(tenant), await signIn(tenant), await signIn(tenant)];
    const out = await ask(left, "POST", "/sign-out");
    expect(out.headers.get("set-cookie")).toMatch(/^__Host-paddock-portal-ten_\w+=; Max-Age=0/);
    expect(await ask(left, "GET", "/account")).toMatchObject({ status: 401, code: 20001 });
    await runInDurableObject(bindings.TENANTS.getByName(tenant.tenantId), (_, state) => {
      const [row] = state.storage.sql.exec("SELECT hash FROM portal WHERE kind = 'session' LIMIT 1").toArray();
      state.storage.sql.exec("UPDATE portal SET expires_at = ? WHERE hash = ?", Date.now(), row?.hash ?? "");
    });
    const codes = [(await ask(late, "GET", "/account")).code, (await ask(orphan, "GET", "/account")).code];
    expect(codes.toSorted()).toEqual([0, 20001]);
    await call("DELETE", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
    for (const session of [late, orphan]) {
      expect(await ask(session, "GET", "/account")).toMatchObject({ status: 401, code: 20001 });
    }
  });

  it("counts under /portal/api and nowhere else, and no other credential counts there", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const value = session.cookie.split("=")[1] ?? "";
    for (const path of ["/api/v1/account", "/api/v1/tasks", "/admin/v1/tenants", "/metrics"]) {
      expect((await call("GET", path, { headers: { ...session, ...SAME_ORIGIN } })).status, path).toBe(401);
      expect((await call("GET", path, { headers: { authorization: `Bearer ${value}` } })).status, path).toBe(401);
    }
    for (const headers of [
      tenant.auth,
      OPERATOR,
      {},
      { cookie: `__Host-paddock-portal-${tenant.tenantId}=` },
      { cookie: `__Host-paddock-portal=${value}` },
      { cookie: `paddock-portal-${tenant.tenantId}=${value}` },
    ]) {
      expect((await call("GET", portalPath(session, "/account"), { headers })).status).toBe(401);
    }
  });

  it("is refused when it is forged or of another deployment", async () => {
    const tenant = await createTenant();
    const [stranger] = await importSigningSecrets(["somebody-elses-secret"]);
    if (!stranger) throw new Error("no secret");
    const random = crypto.getRandomValues(new Uint8Array(20));
    const forged = await mintPortalCredential("session", tenant.tenantId, random, stranger);
    const link = await newLink(tenant);
    for (const value of [forged, "pps_x", link.code, link.code.replace("ppl_", "pps_"), tenant.key]) {
      const answer = await ask({ cookie: `__Host-paddock-portal-${tenant.tenantId}=${value}` }, "GET", "/account");
      expect(answer, value).toMatchObject({ status: 401, code: 20008 });
    }
  });

  it("does nothing for requests that other sites send", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const write = (headers: Record<string, string>) =>
      call("POST", portalPath(session, "/keys"), { headers: { ...session, ...headers }, body: { name: "forged" } });
    const elsewhere: Record<string, string>[] = [
      { "sec-fetch-site": "cross-site", origin: BASE },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example" },
      { origin: "null" },
      {},
    ];
    for (const headers of elsewhere) expect((await write(headers)).status, JSON.stringify(headers)).toBe(403);
    const read = await call("GET", portalPath(session, "/keys"), {
      headers: { ...session, "sec-fetch-site": "cross-site" },
    });
    expect(read.status).toBe(403);
    expect((await write({ origin: BASE })).code).toBe(0);
  });

  it("is asked from plain http on this machine with a cookie that works there, and only there", async () => {
    const { code } = await newLink(await createTenant());
    const response = await exports.default.fetch(
      new Request("http://127.0.0.1:8787/portal/session", {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded", ...SAME_ORIGIN },
        body: new URLSearchParams({ code }).toString(),
      }),
    );
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^paddock-portal-ten_\w+=pps_[\w-]{62}; Max-Age=\d+; Path=\/portal; HttpOnly; SameSite=Strict$/,
    );
  });
});

describe("a session that has used up its requests", () => {
  it("is refused without asking the tenant's object again and again", async () => {
    const tenant = await createTenant();
    const session = await signIn(tenant);
    const read = async () => (await ask(session, "GET", "/account")).status;
    let asked = 0;
    await runInDurableObject(bindings.TENANTS.getByName(tenant.tenantId), (instance) => {
      const { loader } = instance as unknown as { loader: { openLive(): Promise<unknown> } };
      const openLive = loader.openLive.bind(loader);
      loader.openLive = () => {
        asked += 1;
        return openLive();
      };
    });
    // No request comes back to the session meanwhile, however slow the machine is.
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now());
    try {
      let status = 200;
      for (let request = 0; status === 200 && request < 400; request += 1) status = await read();
      expect({ status, asked }).toEqual({ status: 429, asked: 301 });
      for (let request = 0; request < 20; request += 1) expect(await read()).toBe(429);
      expect(asked).toBe(301);
      clock.mockReturnValue(Date.now() + 200);
      expect(await read()).toBe(200);
    } finally {
      clock.mockRestore();
    }
  });
});
