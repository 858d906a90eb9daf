import { describe, expect, it } from "vitest";
import { isAllowedOrigin, parseAllowedOrigin } from "../../src/domain/allowed-origin.ts";

describe("an allowed origin", () => {
  it.each([
    ["https://app.example", "https://app.example"],
    ["HTTPS://App.Example", "https://app.example"],
    ["https://app.example:443", "https://app.example"],
    ["http://app.example:80", "http://app.example"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["https://münchen.example", "https://xn--mnchen-3ya.example"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["https://192.0.2.1", "https://192.0.2.1"],
    ["capacitor://localhost", "capacitor://localhost"],
    ["ionic://localhost", "ionic://localhost"],
    ["tauri://localhost", "tauri://localhost"],
    ["app://bundle", "app://bundle"],
    ["app://-", "app://-"],
    ["chrome-extension://abcdefghijklmnopabcdefghijklmnop", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"],
    ["moz-extension://2F6B3C0E-1B7a-4f3e-9d2a-0a1b2c3d4e5f", "moz-extension://2f6b3c0e-1b7a-4f3e-9d2a-0a1b2c3d4e5f"],
    ["https://*.preview.example", "https://*.preview.example"],
    ["HTTPS://*.Vercel.app:443", "https://*.vercel.app"],
    ["http://*.dev.example:8080", "http://*.dev.example:8080"],
    ["https://*.a.b.example", "https://*.a.b.example"],
  ])("is kept as browsers write it: %s", (text, expected) => {
    expect(parseAllowedOrigin(text)).toBe(expected);
    expect(parseAllowedOrigin(expected)).toBe(expected);
  });

  it.each([
    "null",
    "",
    "*",
    "app.example",
    "//app.example",
    "https://",
    "https://app.example/",
    "https://app.example/path",
    "https://app.example?q",
    "https://app.example#f",
    "https://user@app.example",
    "https://app.example:99999",
    " https://app.example",
    "https://app.example ",
    "https://*",
    "https://*.example",
    "https://*.com:8443",
    "https://*.localhost",
    "https://*.192.0.2.1",
    "https://*.1.1",
    "https://*.*.example.com",
    "https://a.*.example.com",
    "https://pre*.example.com",
    "https://*preview.example.com",
    "https://*..example.com",
    "*://app.example",
    "*.preview.example",
    "chrome-extension://*",
    "chrome-extension://*.a.b",
    "capacitor://localhost/",
    "file://",
    "file:///home",
    "data:text/html,x",
    "blob:https://app.example/1",
    "javascript:alert(1)",
    "ftp://app.example",
    "wss://app.example",
    "https://app..example",
    `https://${"a".repeat(300)}.example`,
  ])("that no browser can send is refused: %s", (text) => expect(parseAllowedOrigin(text)).toBeNull());
});

describe("a request's origin", () => {
  const allowed = [
    "https://app.example",
    "https://*.preview.example",
    "capacitor://localhost",
    "http://*.dev.example:8080",
  ];

  it.each([
    "https://app.example",
    "https://APP.example:443",
    "https://pr-7.preview.example",
    "https://PR-7.Preview.Example",
    "capacitor://localhost",
    "http://x.dev.example:8080",
  ])("is allowed: %s", (origin) => expect(isAllowedOrigin(allowed, origin)).toBe(true));

  it.each([
    "null",
    "",
    "http://app.example",
    "https://app.example:8443",
    "https://preview.example",
    "https://a.b.preview.example",
    "https://.preview.example",
    "https://evilpreview.example",
    "https://pr-7.preview.example.evil.example",
    "https://*.preview.example",
    "http://pr-7.preview.example",
    "http://x.dev.example",
    "capacitor://localhost2",
    "https://app.example, https://evil.example",
    "https://app.example https://evil.example",
  ])("is not allowed: %j", (origin) => expect(isAllowedOrigin(allowed, origin)).toBe(false));
});
