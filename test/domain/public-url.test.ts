import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTenantUrl } from "../../src/domain/public-url.ts";

const rule = { allowPrivate: false, ownOrigins: ["https://gw.example"] };
const development = { ...rule, allowPrivate: true };

describe("checkTenantUrl", () => {
  it.each([
    "https://example.com/reference.jpg",
    "https://sub.example.co.uk:8443/a?b=c&d=%20",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://localhost.example.com/",
    "https://internal.example.com/",
    "https://10.example.com/",
    "https://例え.テスト/図.png",
    "https://example.com/my cat.png",
    "https://example.com/@user/x?to=a@b",
    "https://gw.example.com/",
    "HTTPS://EXAMPLE.COM/",
  ])("accepts %s", (text) => {
    expect(checkTenantUrl(text, rule)).toEqual({ ok: true, url: new URL(text).href });
  });

  it("returns the URL normalised and without its fragment", () => {
    expect(checkTenantUrl("https://EXAMPLE.com:443/a/../b#part", rule)).toEqual({
      ok: true,
      url: "https://example.com/b",
    });
  });

  it.each([
    "",
    "example.com",
    "/path",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:image/png;base64,AA==",
    "javascript:alert(1)",
    "blob:https://example.com/x",
    "https:example.com",
    "https:/example.com",
    "https:///example.com",
    "https://",
    "https://user@example.com/",
    "https://user:pw@example.com/",
    "https://@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com\t/",
    "https://exam\nple.com/",
    " https://example.com/",
    "https://example.com/ ",
    "https://exa mple.com/",
    "https://example.com/\u0000",
    `https://example.com/${"a".repeat(8_192)}`,
    `https://example.com/${"é".repeat(8_180)}`,
  ])("refuses %j", (text) => {
    expect(checkTenantUrl(text, rule)).toMatchObject({ ok: false });
  });

  it.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0177.0x1/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.20.0.1/",
    "https://192.168.1.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://localhost./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://router.home.arpa/",
    "https://localhost.localdomain/",
    "https://metadata/",
    "https://example.com./",
    "https://ⓛocalhost/",
  ])("refuses the private host of %s, and takes it in development", (text) => {
    expect(checkTenantUrl(text, rule)).toMatchObject({ ok: false });
    expect(checkTenantUrl(text, development)).toMatchObject({ ok: true });
  });

  it("takes http in development, but still neither users nor other schemes", () => {
    expect(checkTenantUrl("http://127.0.0.1:9000/hook", development)).toEqual({
      ok: true,
      url: "http://127.0.0.1:9000/hook",
    });
    for (const text of ["http://u:p@127.0.0.1/", "ftp://127.0.0.1/", "data:,x", "ws://127.0.0.1/"]) {
      expect(checkTenantUrl(text, development)).toMatchObject({ ok: false });
    }
  });

  it("refuses the gateway's own address, in development too", () => {
    const own = { ownOrigins: ["https://gw.example", "http://127.0.0.1:8787"] };
    const texts = ["https://gw.example/api/v1/tasks", "https://GW.example:443/", "http://127.0.0.1:8787/files/x"];
    for (const text of texts) expect(checkTenantUrl(text, { ...own, allowPrivate: true })).toMatchObject({ ok: false });
    expect(checkTenantUrl("http://gw.example/", { ...own, allowPrivate: true })).toMatchObject({ ok: false });
    expect(checkTenantUrl("http://127.0.0.1:9000/", { ...own, allowPrivate: true })).toMatchObject({ ok: true });
  });

  it("accepts the gateway's own files and uploads, over http and loopback too", () => {
    const own = {
      allowPrivate: false,
      ownOrigins: ["https://gw.example", "http://127.0.0.1:8787"],
      ownFilePrefixes: ["https://gw.example/files/", "http://127.0.0.1:8787/uploads/"],
    };
    expect(checkTenantUrl("https://gw.example/files/abc/0.png", own)).toMatchObject({ ok: true });
    expect(checkTenantUrl("http://127.0.0.1:8787/uploads/abc", own)).toMatchObject({ ok: true });
    const outside = [
      "https://gw.example/files",
      "https://gw.example/files/../api/v1/tasks",
      "https://gw.example/files/%2e%2e/api/v1/tasks",
      "https://gw.example/filesystem/",
      "https://u@gw.example/files/abc/0.png",
      "http://127.0.0.1:8787/uploads/../admin",
      "http://127.0.0.1:8787/files/abc",
      "http://127.0.0.1:87870/uploads/",
      "http://127.0.0.1:8788/uploads/abc",
    ];
    for (const text of outside) expect(checkTenantUrl(text, own), text).toMatchObject({ ok: false });
  });

  it("never throws, and accepts nothing that is not https", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.webUrl(),
          fc.string().map((s) => `https://${s}`),
        ),
        (text) => {
          const result = checkTenantUrl(text, rule);
          if (result.ok) expect(result.url).toMatch(/^https:\/\/[^/@]+\//);
        },
      ),
    );
  });
});
