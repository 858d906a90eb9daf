/** The brand: what the operator sets, and where it shows. */
import { createExecutionContext, env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { type Answer, BASE, call, getBytes, OPERATOR } from "../support/gateway.ts";
import { jpeg, png, webp } from "../support/media.ts";
import { createOperator, operate } from "../support/operator.ts";
import { press } from "../support/portal.ts";

interface Branding {
  readonly name: string | null;
  readonly color: string | null;
  readonly logo: { readonly url: string; readonly contentType: string; readonly bytes: number } | null;
}

const ACME = {
  name: 'Acme & <Söhne> "Studio"',
  color: "#7a2fc0",
  supportUrl: "https://acme.example/help",
  termsUrl: "https://acme.example/terms",
};
const put = (body: unknown) => operate<Branding>("PUT", "/branding", body);
/** Sends bytes, which `call` would take for an object. */
async function putLogo(body: BodyInit, headers: Record<string, string> = {}): Promise<Answer<Branding>> {
  const init = { method: "PUT", headers: { ...OPERATOR, ...headers }, body };
  const response = await exports.default.fetch(new Request(`${BASE}/admin/v1/branding/logo`, init));
  const text = await response.text();
  return { ...(JSON.parse(text) as Answer<Branding>), status: response.status, headers: response.headers, text };
}

afterEach(async () => {
  await put({});
  await operate("DELETE", "/branding/logo");
});

describe("PUT /admin/v1/branding", () => {
  it("sets what GET returns, and replaces everything but the logo", async () => {
    expect((await put(ACME)).data).toEqual({ ...ACME, logo: null });
    await putLogo(png());
    const { data } = await put({ name: "Acme", color: "#ABC" });
    expect(data).toMatchObject({ name: "Acme", color: "#aabbcc", supportUrl: null, termsUrl: null });
    expect(data.logo).toMatchObject({ contentType: "image/png", bytes: png().length });
    expect((await operate("GET", "/branding")).data).toEqual(data);
    expect((await put({ supportUrl: "mailto:help@acme.example" })).data).toMatchObject({
      supportUrl: "mailto:help@acme.example",
    });
  });

  it.each([
    ["name", ""],
    ["name", "  "],
    ["name", "a\nb"],
    ["name", "x".repeat(81)],
    ["name", 5],
    ["color", "red"],
    ["color", "#12345"],
    ["color", "#123456;}body{display:none"],
    ["color", 0x123456],
    ["supportUrl", "javascript:alert(1)"],
    ["supportUrl", "mailto:a@b.example?bcc=c@d.example"],
    ["supportUrl", "mailto:"],
    ["supportUrl", "/help"],
    ["termsUrl", "mailto:help@acme.example"],
    ["termsUrl", "http://acme.example/"],
    ["termsUrl", "https://user:pass@acme.example/"],
    ["termsUrl", `https://acme.example/${"x".repeat(2_048)}`],
    ["logo", "https://acme.example/logo.png"],
  ])("refuses %s with a wrong value: %j", async (name, value) => {
    const refused = await put({ [name]: value });
    expect(refused).toMatchObject({ status: 400, code: 30001, data: { issues: [{ path: name }] } });
  });

  it.each([[[]], ["text"], [5], [null]])("refuses a body that is no object: %j", async (body) => {
    expect(await put(body)).toMatchObject({ status: 400, code: 30001 });
  });

  it("is recorded in the audit log with its actor", async () => {
    const brander = await createOperator(["operators"]);
    expect((await operate("PUT", "/branding", { name: "Audited" }, brander.auth)).status).toBe(200);
    const { data } = await operate<{ entries: object[] }>("GET", `/audit?actor=${brander.operatorId}`);
    expect(data.entries[0]).toMatchObject({ action: "branding.update", after: { name: "Audited" } });
  });
});

describe("PUT /admin/v1/branding/logo", () => {
  it.each([
    ["image/png", png()],
    ["image/jpeg", jpeg()],
    ["image/webp", webp()],
  ])("takes %s by its content, whatever its declared type is, and serves it to anyone", async (type, bytes) => {
    const { data, status } = await putLogo(bytes, { "content-type": "text/html" });
    expect(status).toBe(200);
    expect(data.logo).toMatchObject({ contentType: type, bytes: bytes.length });
    const served = await getBytes(data.logo?.url ?? "");
    expect(served.status).toBe(200);
    expect(served.bytes).toEqual(bytes);
    expect(Object.fromEntries(served.headers)).toMatchObject({
      "content-type": type,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "private, max-age=31536000, immutable",
    });
    expect((await getBytes("/brand/logo")).headers.get("cache-control")).toBe("private, max-age=300");
    const etag = served.headers.get("etag") ?? "";
    expect((await getBytes("/brand/logo", { "if-none-match": etag })).status).toBe(304);
    expect((await getBytes("/favicon.ico")).bytes).toEqual(bytes);
  });

  it.each<[string, BodyInit, RegExp]>([
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', /PNG, JPEG or WebP; SVG/],
    ["a page", "<!doctype html><script>alert(1)</script>", /PNG, JPEG or WebP/],
    ["nothing", "", /empty/],
    ["a GIF", "GIF89a\x01\0\x01\0\0\0\0;", /PNG, JPEG or WebP/],
    ["a PNG that is cut short", png().slice(0, 60), /cut short/],
  ])("refuses %s and keeps the logo that was there", async (_, body, message) => {
    const { data } = await putLogo(png(300));
    const refused = await putLogo(body);
    expect(refused).toMatchObject({ status: 400, code: 30001 });
    expect(refused.msg).toMatch(message);
    expect((await operate<Branding>("GET", "/branding")).data.logo).toEqual(data.logo);
  });

  it("refuses what is too large, compressed or a form", async () => {
    expect(await putLogo(png(256 * 1024 + 1))).toMatchObject({ status: 413, code: 70006 });
    expect((await putLogo(png(256 * 1024))).status).toBe(200);
    expect(await putLogo(png(), { "content-encoding": "gzip" })).toMatchObject({ status: 415, code: 70008 });
    const form = { "content-type": "multipart/form-data; boundary=b" };
    expect(await putLogo("--b--", form)).toMatchObject({ status: 415, code: 70008 });
  });

  it("is undone by DELETE: nothing is served any more", async () => {
    await putLogo(png());
    expect((await operate<Branding>("DELETE", "/branding/logo")).data.logo).toBeNull();
    expect((await getBytes("/brand/logo")).status).toBe(404);
    expect((await call("GET", "/favicon.ico")).text).toContain("<svg");
  });
});

describe("the brand", () => {
  const PAGES = ["/", "/docs", "/docs/operator", "/console", "/portal", "/portal/t/ten_x", "/portal?code=ppl_x"];
  const NAME = "Acme &amp; &lt;Söhne&gt; &quot;Studio&quot;";

  it.each(PAGES)("is on %s: name, logo, colour and links, escaped", async (path) => {
    await put(ACME);
    const { data } = await putLogo(png());
    const { text, status } = await call("GET", path);
    expect(status).toBe(200);
    expect(text).toContain(`<title>${NAME}`);
    expect(text).not.toContain("<Söhne>");
    expect(text).toContain(`<link rel="icon" href="${data.logo?.url}">`);
    expect(text).toContain('<link rel="stylesheet" href="/brand/style.css?v=7a2fc0">');
    expect(text).toContain("https://acme.example/help");
    const facts = /<meta name="brand" content="([^"]+)">/.exec(text)?.[1] ?? "";
    expect(
      JSON.parse(facts.replaceAll("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")),
    ).toEqual({
      name: ACME.name,
      logoUrl: data.logo?.url,
      supportUrl: ACME.supportUrl,
      termsUrl: ACME.termsUrl,
    });
  });

  it("is on the page of a link that does not work", async () => {
    await put(ACME);
    expect(await (await press("ppl_none")).text()).toContain(NAME);
  });

  it("is in the tenant's documentation in place of the product's name, which is no code's", async () => {
    await put(ACME);
    const [docs, llms, json] = await Promise.all(
      ["/docs", "/llms.txt", "/openapi-tenant.json"].map((path) => call("GET", path)),
    );
    for (const page of [docs, llms, json]) {
      expect(page?.text).not.toContain("Paddock");
      expect(page?.text).not.toMatch(/seedhorse|\/admin\/v1/i);
    }
    expect(docs?.text).toContain(`<h1>${NAME} API</h1>`);
    expect(llms?.text).toContain(`# ${ACME.name}`);
    expect((JSON.parse(json?.text ?? "") as { info: { title: string } }).info.title).toBe(ACME.name);
    const again = await call("GET", "/llms.txt", { headers: { "if-none-match": llms?.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    await put({ name: "Other" });
    const renamed = await call("GET", "/llms.txt", { headers: { "if-none-match": llms?.headers.get("etag") ?? "" } });
    expect(renamed).toMatchObject({ status: 200, text: expect.stringContaining("# Other") });
  });

  it("has a style sheet that is loaded only if a colour is set", async () => {
    expect((await call("GET", "/brand/style.css")).status).toBe(404);
    expect((await call("GET", "/")).text).not.toContain("/brand/style.css");
    await put(ACME);
    const style = await call("GET", "/brand/style.css?v=7a2fc0");
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(style.text).toMatch(/^:root\{--accent:light-dark\(#7a2fc0,#[0-9a-f]{6}\)/);
  });

  it("costs no call of the Directory for each page view", async () => {
    await put(ACME);
    const noDirectory = {
      ...(env as object),
      DIRECTORY: {
        getByName: () => {
          throw new Error("The Directory was asked");
        },
      },
    };
    for (const path of [...PAGES, "/llms.txt"]) {
      const page = await createApp().fetch(new Request(BASE + path), noDirectory as never, createExecutionContext());
      expect(page.status).toBe(200);
    }
  });
});
