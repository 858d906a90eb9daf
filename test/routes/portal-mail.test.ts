/** Asking for a portal link by e-mail: who gets one, what it opens, and that nothing tells known addresses from unknown ones. */
import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { hashKey } from "../../src/domain/key-format.ts";
import { BASE, call, createTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { portalPath, press, SAME_ORIGIN } from "../support/portal.ts";

const app = createApp();
const { DIRECTORY } = env as unknown as Bindings;
const FROM = "portal@gateway.test";

interface Mail {
  readonly from: { readonly email: string; readonly name: string };
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** A gateway with the binding. */
class MailingGateway {
  readonly sent: Mail[] = [];
  readonly #env: object;
  #lastClient = 0;
  readonly #origin: string;
  /** @param failure what the binding throws instead of sending @param origin what clients call it by */
  constructor(failure: object | null = null, origin = BASE) {
    this.#origin = origin;
    const send = async (mail: Mail) => {
      if (failure) throw failure;
      this.sent.push(mail);
      return { messageId: "1" };
    };
    this.#env = { ...env, MAIL: { send }, MAIL_FROM: FROM };
  }

  /** Requests something, and waits for all that follows from it. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const context = createExecutionContext();
    const response = await app.fetch(new Request(this.#origin + path, init), this.#env as never, context);
    await waitOnExecutionContext(context);
    return response;
  }

  /** Asks for a link, each time as another client. */
  async ask(email: unknown, headers: Record<string, string> = {}) {
    this.#lastClient += 1;
    const client = { "cf-connecting-ip": `2001:db8:${crypto.randomUUID().slice(0, 4)}:${this.#lastClient}::1` };
    const response = await this.fetch("/portal/links", {
      method: "POST",
      headers: { "content-type": "application/json", ...SAME_ORIGIN, ...client, ...headers },
      body: JSON.stringify({ email }),
    });
    const { code, data } = (await response.json()) as { code: number; data: unknown };
    return { status: response.status, code, data };
  }
}

const newAddress = () => `ann-${crypto.randomUUID()}@example.com`;
const codesIn = ({ text }: Mail) =>
  [...text.matchAll(/https?:\/\/\S+\/portal\?code=(\S+)/g)].map(([, code = ""]) => code);
/** Opens a mailed link. @returns the headers of its session */
async function open(mail: Mail | undefined) {
  const [code = ""] = mail ? codesIn(mail) : [];
  const response = await press(code);
  return { status: response.status, cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}
const ask = (session: { cookie: string }, path: string, method = "GET", body?: object) =>
  call<{ role: string; person: string }>(method, portalPath(session, path), {
    headers: { cookie: session.cookie, ...SAME_ORIGIN },
    body,
  });

describe("a link by e-mail", () => {
  it("signs a person in once, in the role of the address, however it is written", async () => {
    const gateway = new MailingGateway();
    const [admin, viewer] = [newAddress(), newAddress()];
    const portalEmails = { [admin.toUpperCase()]: "admin", [viewer]: "viewer" };
    const tenant = await createTenant({ name: "Acme Films", portalEmails });
    const shown = await operate<{ portalEmails: object }>("GET", `/tenants/${tenant.tenantId}`);
    expect(shown.data.portalEmails).toEqual({ [admin]: "admin", [viewer]: "viewer" });
    expect(await gateway.ask(` ${admin.toUpperCase()} `)).toEqual({ status: 200, code: 0, data: {} });
    const [mail] = gateway.sent;
    expect(mail).toMatchObject({ from: { email: FROM, name: "Paddock" }, to: admin });
    expect(mail?.subject).toBe("Your link to the Paddock portal");
    expect(mail?.text).toMatch(/\n\nAcme Films: https?:\/\/\S+\n\n.*15 minutes/s);
    const session = await open(mail);
    expect(session.status).toBe(303);
    expect((await ask(session, "/account")).data).toMatchObject({ role: "admin", person: admin });
    expect((await open(mail)).status).toBe(410);
    expect(
      (await operate<{ sessions: object[] }>("GET", `/tenants/${tenant.tenantId}/portal-sessions`)).data,
    ).toMatchObject({
      sessions: [{ person: admin, role: "admin", method: "email", keyId: null }],
    });
    await gateway.ask(viewer);
    const looking = await open(gateway.sent[1]);
    expect((await ask(looking, "/account")).data.role).toBe("viewer");
    expect(await ask(looking, "/keys", "POST", { name: "no" })).toMatchObject({ status: 403, code: 20002 });
  });

  it("is written in the reader's language", async () => {
    const gateway = new MailingGateway();
    const address = newAddress();
    await createTenant({ portalEmails: { [address]: "admin" } });
    await gateway.ask(address, { "accept-language": "zh-CN" });
    expect(gateway.sent[0]?.subject).toBe("您的 Paddock 门户链接");
    expect(gateway.sent[0]?.text).toContain("15 分钟");
  });

  it("has the same response for an unknown address, to which nothing is sent", async () => {
    const gateway = new MailingGateway();
    const address = newAddress();
    await createTenant({ portalEmails: { [address]: "admin" } });
    const known = await gateway.ask(address);
    expect(await gateway.ask(newAddress())).toEqual(known);
    expect(gateway.sent).toHaveLength(1);
  });

  it("responds before it looks for the address, so that its time shows nothing", async () => {
    const gateway = new MailingGateway();
    const directory = vi.spyOn(DIRECTORY, "getByName");
    try {
      const never = { tenantsOfEmail: () => new Promise(() => {}), brand: async () => null };
      directory.mockReturnValue(never as never);
      const response = await app.fetch(
        new Request(`${BASE}/portal/links`, {
          method: "POST",
          headers: { "content-type": "application/json", "cf-connecting-ip": "198.51.100.77", ...SAME_ORIGIN },
          body: JSON.stringify({ email: newAddress() }),
        }),
        { ...env, MAIL: { send: async () => ({ messageId: "1" }) }, MAIL_FROM: FROM } as never,
        createExecutionContext(),
      );
      expect(response.status).toBe(200);
    } finally {
      directory.mockRestore();
    }
    expect(gateway.sent).toEqual([]);
  });

  it("names each tenant of the address in one message", async () => {
    const gateway = new MailingGateway();
    const address = newAddress();
    for (const name of ["First Studio", "Second Studio"])
      await createTenant({ name, portalEmails: { [address]: "viewer" } });
    await gateway.ask(address);
    expect(gateway.sent).toHaveLength(1);
    expect(codesIn(gateway.sent[0] as Mail)).toHaveLength(2);
    expect(gateway.sent[0]?.text).toMatch(
      /First Studio: http.*Second Studio: http|Second Studio: http.*First Studio: http/s,
    );
  });

  it("leads to the origin of the operator's call, whatever the Host of the request", async () => {
    const gateway = new MailingGateway(null, "https://evil.example");
    const address = newAddress();
    await createTenant({ portalEmails: { [address]: "admin" } });
    await gateway.ask(address, { "x-forwarded-host": "evil.example" });
    expect(gateway.sent[0]?.text).toContain(`${BASE}/portal?code=ppl_`);
    expect(gateway.sent[0]?.text).not.toContain("evil");
  });

  it("is not sent a fourth time while three are unopened, and again once one is", async () => {
    const gateway = new MailingGateway();
    const address = newAddress();
    await createTenant({ portalEmails: { [address]: "admin" } });
    for (let time = 0; time < 5; time += 1) expect((await gateway.ask(address)).status).toBe(200);
    expect(gateway.sent).toHaveLength(3);
    expect((await open(gateway.sent[0])).status).toBe(303);
    await gateway.ask(address);
    expect(gateway.sent).toHaveLength(4);
  });

  it.each([
    ["the address is removed", { portalEmails: null }],
    ["another address takes its place", { portalEmails: { "bo@example.com": "admin" } }],
    ["its role changes", (address: string) => ({ portalEmails: { [address]: "viewer" } })],
  ])("ends with its sessions and unopened links when %s", async (_, change) => {
    const gateway = new MailingGateway();
    const address = newAddress();
    const { tenantId } = await createTenant({ portalEmails: { [address]: "admin" } });
    await gateway.ask(address);
    await gateway.ask(address);
    const session = await open(gateway.sent[0]);
    expect((await ask(session, "/account")).status).toBe(200);
    const body = typeof change === "function" ? change(address) : change;
    expect((await operate("PATCH", `/tenants/${tenantId}`, body)).status).toBe(200);
    expect(await ask(session, "/account")).toMatchObject({ status: 401, code: 20001 });
    expect((await open(gateway.sent[1])).status).toBe(410);
    expect((await operate("GET", `/tenants/${tenantId}/portal-sessions`)).data).toMatchObject({ sessions: [] });
  });

  it("is not sent for a deleted tenant", async () => {
    const gateway = new MailingGateway();
    const address = newAddress();
    const { tenantId } = await createTenant({ portalEmails: { [address]: "admin" } });
    const directory = DIRECTORY.getByName("directory");
    const hash = await hashKey(address);
    expect(await directory.tenantsOfEmail(hash)).toEqual([tenantId]);
    await operate("DELETE", `/tenants/${tenantId}`);
    await gateway.ask(address);
    expect(gateway.sent).toEqual([]);
    expect(await directory.tenantsOfEmail(hash)).toEqual([]);
  });

  it("is refused to a client that asks six times in a minute, known address or not", async () => {
    const gateway = new MailingGateway();
    const client = { "cf-connecting-ip": "203.0.113.251" };
    for (let time = 0; time < 5; time += 1) expect((await gateway.ask(newAddress(), client)).status).toBe(200);
    expect(await gateway.ask(newAddress(), client)).toMatchObject({ status: 429, code: 70001 });
    expect((await gateway.ask(newAddress())).status).toBe(200);
  });

  it.each([
    ["another site's page", { "sec-fetch-site": "cross-site" }],
    ["another origin", { "sec-fetch-site": "", origin: "https://evil.example" }],
  ])("is refused to %s", async (_, headers) => {
    const gateway = new MailingGateway();
    expect(await gateway.ask(newAddress(), headers)).toMatchObject({ status: 403, code: 20002 });
  });

  it.each([
    undefined,
    null,
    5,
    "",
    "ann",
    "ann@example.com, bo@example.com",
    "ann@example.com\nBcc: bo@example.com",
  ])("is refused for the address %j", async (email) => {
    expect(await new MailingGateway().ask(email)).toMatchObject({ status: 400, code: 30001 });
  });

  it("leaves neither address nor code in the log when the platform refuses to send", async () => {
    const lines: string[] = [];
    const spies = (["log", "warn", "error"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => void lines.push(parts.join(" "))),
    );
    const address = newAddress();
    await createTenant({ portalEmails: { [address]: "admin" } });
    const gateway = new MailingGateway(Object.assign(new Error(`no: ${address}`), { code: "E_RECIPIENT_SUPPRESSED" }));
    expect((await gateway.ask(address)).status).toBe(200);
    for (const spy of spies) spy.mockRestore();
    expect(lines.filter((line) => line.includes("E_RECIPIENT_SUPPRESSED"))).toHaveLength(1);
    expect(lines.join("\n")).not.toContain(address);
    expect(lines.join("\n")).not.toContain("ppl_");
  });
});

describe("without the binding", () => {
  it("there is no such call, and no page offers it", async () => {
    const headers = { "content-type": "application/json", ...SAME_ORIGIN };
    const asked = await call("POST", "/portal/links", { headers, body: { email: newAddress() } });
    expect(asked).toMatchObject({ status: 404, code: 40002 });
    for (const path of ["/portal", "/console", "/portal/t/ten_00000000000000000000"]) {
      expect((await call("GET", path)).text).not.toContain("data-mail");
      expect(await (await new MailingGateway().fetch(path)).text()).toContain('<div id="app" data-mail>');
    }
  });
});

describe("portalEmails", () => {
  it.each([
    [["ann@example.com"]],
    ["ann@example.com"],
    [{ ann: "admin" }],
    [{ "ann@example.com": "owner" }],
    [{ "ann@example.com": null }],
    [{ "ann@example.com": "admin", "Ann@example.com": "viewer" }],
    [Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`p${index}@example.com`, "viewer"]))],
  ])("is refused as %j", async (portalEmails) => {
    const refused = await operate("POST", "/tenants", { name: "x", portalEmails });
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    expect(refused.text).toContain("portalEmails");
  });
});
