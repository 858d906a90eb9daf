import { describe, expect, inject, it } from "vitest";
import { call } from "../support/gateway.ts";

const PAGES = ["/console", "/portal", "/portal/t/ten_x", "/portal?code=ppl_anything", "/docs"];

describe("pages", () => {
  it.each(
    PAGES,
  )("%s runs only this host's own scripts, cannot be framed, and tells other hosts nothing", async (path) => {
    const page = await call("GET", path);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = page.headers.get("content-security-policy") ?? "";
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy.split("; ")).toContain(rule);
    }
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
    expect(page.headers.get("access-control-allow-origin")).toBeNull();
    expect(page.text).not.toMatch(/<script(?![^>]* src=)/);
    expect(page.text).not.toMatch(/ (style|on\w+)=/);
  });

  it.each(PAGES)("%s holds no secret", async (path) => {
    const { text } = await call("GET", path);
    const settings = inject("gatewaySettings");
    for (const name of ["ADMIN_TOKEN", "SEEDHORSE_API_KEYS", "SIGNING_SECRETS"]) {
      for (const secret of (settings[name] ?? "").split(",")) expect(text).not.toContain(secret);
    }
  });

  it("come with scripts and styles that can be kept for ever, and again costs nothing", async () => {
    for (const path of ["/console", "/portal", "/portal/t/ten_x"]) {
      const page = await call("GET", path);
      const urls = [...page.text.matchAll(/ (?:src|href)="(\/[^"]+\?v=\w+)"/g)].map(([, url = ""]) => url);
      expect(urls).toHaveLength(2);
      for (const url of urls) {
        const bundle = await call("GET", url);
        expect(bundle.status).toBe(200);
        expect(bundle.headers.get("content-type")).toMatch(/^text\/(javascript|css); charset=utf-8$/);
        expect(bundle.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        const again = await call("GET", url, { headers: { "if-none-match": bundle.headers.get("etag") ?? "" } });
        expect(again).toMatchObject({ status: 304, text: "" });
      }
      expect(page.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("have nothing at other addresses", async () => {
    for (const path of ["/static/nothing.js", "/static/constructor", "/static/console.js/x", "/console/console.js"]) {
      expect((await call("GET", path)).status, path).toBe(404);
    }
    expect((await call("GET", "/portal/session")).status).toBe(405);
  });

  it("take no form but the one that signs in, and no method but reading", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      for (const path of ["/console", "/docs", "/portal"]) expect((await call(method, path)).status).toBe(405);
    }
    expect((await call("HEAD", "/console")).status).toBe(200);
  });
});
