/** Sessions of the console: a token is exchanged for a cookie (docs/credentials.md). */
import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { DIRECTORY_NAME } from "../../src/config.ts";
import type { Directory } from "../../src/directory/object.ts";
import { BASE, call, OPERATOR } from "../support/gateway.ts";
import { createOperator, operate } from "../support/operator.ts";
import { until } from "../support/until.ts";

const OWN_PAGE = { "sec-fetch-site": "same-origin" };
const ROOT_TOKEN = OPERATOR.authorization.slice("Bearer ".length);
const directory = () => (env as unknown as Bindings).DIRECTORY.getByName(DIRECTORY_NAME);

async function signIn(token: string, base = BASE) {
  const answer = await call("POST", `${base}/console/session`, { headers: OWN_PAGE, body: { token } });
  const setCookie = answer.headers.get("set-cookie") ?? "";
  return { ...answer, setCookie, cookie: setCookie.split(";")[0] ?? "" };
}
const withCookie = <T = Record<string, unknown>>(
  cookie: string,
  method = "GET",
  path = "/console/session",
  more = {},
) => call<T>(method, path, { headers: { cookie, ...OWN_PAGE, ...more } });
const ended = (cookie: string) => until("the session has ended", async () => (await withCookie(cookie)).code === 20001);

describe("signing in to the console", () => {
  it("exchanges a token for a cookie that no script can read and no other site can send", async () => {
    const { operatorId, token } = await createOperator(["read"], { name: "Ann" });
    const session = await signIn(token);
    expect(session.data).toEqual({ id: operatorId, name: "Ann", isRoot: false, scopes: ["read"] });
    expect(session.setCookie).toMatch(
      /^__Host-paddock-console=pds_[\w-]{54}; Max-Age=60\d{4}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(session.text).not.toContain(session.cookie.split("=")[1]);
    expect((await withCookie(session.cookie)).data).toMatchObject({ id: operatorId });
    expect((await withCookie(session.cookie, "GET", "/admin/v1/tenants")).status).toBe(200);
    const log = await operate<{ entries: object[] }>(
      "GET",
      `/audit?actor=${operatorId}&action=operator-session.create`,
    );
    expect(log.data.entries).toMatchObject([{ actor: { id: operatorId, name: "Ann" } }]);
  });

  it("works on this machine without https", async () => {
    for (const base of ["http://127.0.0.1:8787", "http://localhost:8787"]) {
      const session = await signIn(ROOT_TOKEN, base);
      expect(session.setCookie).toMatch(
        /^paddock-console=pds_[\w-]{54}; Max-Age=60\d{4}; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      expect((await withCookie(session.cookie, "GET", `${base}/admin/v1/tenants`)).status).toBe(200);
    }
    expect((await signIn(ROOT_TOKEN, "http://gateway.test")).setCookie).toContain("Secure");
  });

  it("refuses a token that does not work, a body that is none, and a form of another site", async () => {
    expect(await signIn("not-the-token")).toMatchObject({ status: 401, code: 20008, setCookie: "" });
    expect(await call("POST", "/console/session", { headers: OWN_PAGE, body: {} })).toMatchObject({ code: 30001 });
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, {}]) {
      const answer = await call("POST", "/console/session", { headers: headers as never, body: { token: ROOT_TOKEN } });
      expect(answer).toMatchObject({ status: 403, code: 20002 });
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
  });

  it("is limited for each operator, because each sign-in is in the audit log", async () => {
    const { token } = await createOperator(["read"]);
    let last = await signIn(token);
    for (let time = 0; time < 25 && last.status === 200; time += 1) last = await signIn(token);
    expect(last).toMatchObject({ status: 429, code: 70001 });
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("a session of the console", () => {
  it("counts only for requests of this host's own pages", async () => {
    const { cookie } = await signIn((await createOperator(["tenants"])).token);
    const create = (headers: Record<string, string>) =>
      call("POST", "/admin/v1/tenants", { headers: { cookie, ...headers }, body: { name: "x" } });
    for (const headers of [{}, { "sec-fetch-site": "same-site" }, { "sec-fetch-site": "none" }, { origin: "null" }]) {
      expect(await create(headers as never)).toMatchObject({ status: 403, code: 20002 });
    }
    expect(
      (await call("GET", "/admin/v1/tenants", { headers: { cookie, "sec-fetch-site": "cross-site" } })).status,
    ).toBe(403);
    expect((await create({ origin: BASE })).status).toBe(200);
    expect((await create(OWN_PAGE)).status).toBe(200);
  });

  it("has the scopes of its operator", async () => {
    const { cookie } = await signIn((await createOperator(["read"])).token);
    expect(await withCookie(cookie, "PUT", "/admin/v1/prices")).toMatchObject({ status: 403, code: 20002 });
  });

  it("ends by signing out, alone or with all others of the operator", async () => {
    const { token } = await createOperator(["read"]);
    const [one, two, three] = [await signIn(token), await signIn(token), await signIn(token)];
    const out = await withCookie(one.cookie, "DELETE");
    expect(out.data).toEqual({ signedOut: true });
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    await ended(one.cookie);
    expect((await withCookie(two.cookie)).status).toBe(200);
    expect((await withCookie(two.cookie, "DELETE", "/console/session?all=true")).status).toBe(200);
    await ended(two.cookie);
    await ended(three.cookie);
  });

  it("ends with its operator, and with the token that opened it", async () => {
    const { token, operatorId } = await createOperator(["read"]);
    const old = await signIn(token);
    const rotated = await operate<{ token: string }>("POST", `/operators/${operatorId}/rotate`);
    await ended(old.cookie);
    const next = await signIn(rotated.data.token);
    const list = await operate<{ sessions: object[] }>("GET", `/operators/${operatorId}/sessions`);
    expect(list.data.sessions).toHaveLength(1);
    expect((await operate("DELETE", `/operators/${operatorId}/sessions`)).data).toEqual({ ended: 2 });
    await ended(next.cookie);
    const last = await signIn(rotated.data.token);
    await operate("DELETE", `/operators/${operatorId}`);
    await ended(last.cookie);
    expect((await operate("GET", `/operators/${operatorId}/sessions`)).status).toBe(404);
  });

  it("of root ends when its token is no longer in ADMIN_TOKEN", async () => {
    const app = createApp();
    const other = "another-root-token-of-32-characters-or-more";
    const ask = async (adminTokens: string, method: string, headers: Record<string, string>, body?: object) => {
      const init = { method, headers: { ...OWN_PAGE, ...headers }, ...(body && { body: JSON.stringify(body) }) };
      const request = new Request(`${BASE}/console/session`, init);
      return app.fetch(request, { ...env, ADMIN_TOKEN: adminTokens } as never, createExecutionContext());
    };
    const opened = await ask(`${ROOT_TOKEN},${other}`, "POST", {}, { token: other });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await ask(`${other},${ROOT_TOKEN}`, "GET", { cookie })).status).toBe(200);
    expect((await ask(ROOT_TOKEN, "GET", { cookie })).status).toBe(401);
    expect((await operate("GET", "/operators/root/sessions")).text).toContain("sessionId");
  });

  it("lasts 12 hours from its last use, and 7 days at most", async () => {
    const { operatorId, token } = await createOperator(["read"]);
    const { cookie } = await signIn(token);
    const hour = 3_600_000;
    const times = () =>
      runInDurableObject(directory(), (_, { storage }) =>
        storage.sql
          .exec<{ expires_at: number }>("SELECT expires_at FROM operator_sessions WHERE operator_id = ?", operatorId)
          .one(),
      );
    /** As if the session had been opened and used this long ago. */
    const age = (createdMs: number, usedMs: number) =>
      runInDurableObject(directory(), (_, { storage }) => {
        const now = Date.now();
        const changed =
          "UPDATE operator_sessions SET created_at = ?, last_used_at = ?, expires_at = ? WHERE operator_id = ?";
        storage.sql.exec(changed, now - createdMs, now - usedMs, now - usedMs + 12 * hour, operatorId);
      });
    const use = () => directory().operatorSessions(operatorId);
    expect((await times()).expires_at - Date.now()).toBeGreaterThan(11.9 * hour);
    await age(24 * hour, 11 * hour);
    // Another isolate would ask the Directory: this one remembers its answer for some seconds.
    await until("the session is extended", async () => {
      await withCookie(cookie);
      return (await times()).expires_at - Date.now() > 11.9 * hour;
    });
    await age(7 * 24 * hour - hour, 11 * hour);
    await until("the session is extended to its last moment", async () => {
      await withCookie(cookie);
      const left = (await times()).expires_at - Date.now();
      return left < 1.01 * hour && left > 0.5 * hour && (await use()).length === 1;
    });
    await age(24 * hour, 12.1 * hour);
    await ended(cookie);
  });

  it("ends for the 21st of the same operator, oldest first", async () => {
    const { operatorId } = await createOperator(["read"]);
    const actor = { kind: "operator", id: operatorId, name: "x", requestId: "r" } as const;
    const hashes = Array.from({ length: 22 }, (_, index) => `${operatorId}-${index}`);
    await runInDurableObject(directory(), async (object: Directory, { storage }) => {
      for (const hash of hashes.slice(0, 18)) {
        await object.openOperatorSession({ hash, operatorId, tokenHash: null }, actor);
      }
      const rows = () =>
        storage.sql
          .exec<{ hash: string }>("SELECT hash FROM operator_sessions WHERE operator_id = ? ORDER BY seq", operatorId)
          .toArray();
      expect(rows()).toHaveLength(18);
      for (const hash of hashes.slice(18)) {
        storage.sql.exec(
          `INSERT INTO operator_sessions (hash, operator_id, created_at, expires_at, last_used_at) VALUES (?,?,1,?,1)`,
          hash,
          operatorId,
          Date.now() + 60_000,
        );
      }
      await object.openOperatorSession({ hash: "the last", operatorId, tokenHash: null }, actor);
      expect(rows().map(({ hash }) => hash)).toEqual([...hashes.slice(3), "the last"]);
    });
  });
});

describe("the list of console sessions", () => {
  interface Session {
    readonly sessionId: string;
    readonly current: boolean;
  }
  const idOf = (list: { readonly sessions: readonly Session[] }, current: boolean) =>
    list.sessions.find((session) => session.current === current)?.sessionId;

  it("is an operator's own with any scope, and one of them is ended by its id", async () => {
    const { token } = await createOperator(["metrics"]);
    const [one, two] = [await signIn(token), await signIn(token)];
    const { data } = await withCookie<{ sessions: Session[] }>(one.cookie, "GET", "/console/sessions");
    expect(data.sessions).toHaveLength(2);
    const other = idOf(data, false) ?? "";
    expect(other).toMatch(/^[0-9a-f]{16}$/);
    expect((await withCookie(one.cookie, "DELETE", `/console/sessions/${other}`)).data).toEqual({
      sessionId: other,
      ended: true,
    });
    await ended(two.cookie);
    expect((await withCookie(one.cookie)).status).toBe(200);
    expect(await withCookie(one.cookie, "DELETE", `/console/sessions/${other}`)).toMatchObject({ status: 404 });
    for (const id of ["", "x", other.slice(0, 4)]) {
      expect((await withCookie(one.cookie, "DELETE", `/console/sessions/${id}`)).status, id).toBeGreaterThanOrEqual(
        404,
      );
    }
  });

  it("has no session of another operator, which only the scope operators ends", async () => {
    const [ann, bo] = [await createOperator(["read"]), await createOperator(["read"])];
    const [sessionOfAnn, sessionOfBo] = [await signIn(ann.token), await signIn(bo.token)];
    const { data } = await withCookie<{ sessions: Session[] }>(sessionOfBo.cookie, "GET", "/console/sessions");
    const idOfBo = idOf(data, true) ?? "";
    expect(await withCookie(sessionOfAnn.cookie, "DELETE", `/console/sessions/${idOfBo}`)).toMatchObject({
      status: 404,
    });
    const path = `/operators/${bo.operatorId}/sessions/${idOfBo}`;
    expect(await operate("DELETE", path, undefined, ann.auth)).toMatchObject({ status: 403, code: 20002 });
    expect(await operate("DELETE", path.replace(bo.operatorId, ann.operatorId))).toMatchObject({ status: 404 });
    const manager = await createOperator(["operators"]);
    expect((await operate("DELETE", path, undefined, manager.auth)).data).toEqual({ sessionId: idOfBo, ended: true });
    await ended(sessionOfBo.cookie);
  });
});
