import { describe, expect, it } from "vitest";
import { readEnvelope } from "../../src/courier/envelope.ts";

const envelope = (code: unknown, msg: unknown = "a message", data: unknown = null) =>
  JSON.stringify({ code, msg, ok: code === 0, data });
const HTML = "<html><body>Bad Gateway</body></html>";

describe("an answer of the upstream", () => {
  it("with code 0 is a success, whatever else it holds", () => {
    const data = '{"taskId":9007199254740993}';
    const verdict = readEnvelope(200, `{"extra":[],"data":${data},"code":0}`);
    expect(verdict).toMatchObject({ kind: "success", data: { taskId: { rawJSON: "9007199254740993" } } });
    expect(readEnvelope(201, '{"code":0}')).toEqual({ kind: "success", data: null });
    expect(readEnvelope(200, '{"code":0.0,"data":[]}')).toEqual({ kind: "success", data: [] });
  });

  it.each([
    [200, 20001],
    [401, 20001],
    [403, 20002],
    [200, 20008],
    [500, 20008],
    [200, 60001],
    [402, 60001],
  ])("HTTP %i with code %i is about the reseller's own account", (status, code) => {
    expect(readEnvelope(status, envelope(code))).toEqual({ kind: "key-refused", code });
  });

  it.each([
    [401, HTML],
    [403, null],
    [401, ""],
    [401, envelope(401)],
    [200, envelope(403)],
    [403, envelope(0)],
    [403, '{"message":"Forbidden"}'],
    [403, envelope("20008")],
  ])("HTTP %i with %s proves nothing, not even about the master key", (status, body) => {
    expect(readEnvelope(status, body)).toMatchObject({ kind: "unknown", forbidden: true });
  });

  it.each([10001, 10006, 60002])("with code %i proves nothing and wants to be asked again", (code) => {
    for (const status of [200, 400, 503]) {
      expect(readEnvelope(status, envelope(code))).toMatchObject({ kind: "unknown", busy: true });
    }
  });

  it.each([
    30001, 40002, 40003, 50001, 50002, 50003, 50006, 50007, 50008, 50009, 50010, 50011, 50014, 50015, 20003,
  ])("with the documented code %i is a refusal under any HTTP status", (code) => {
    for (const status of [200, 400, 403, 404, 422, 500]) {
      expect(readEnvelope(status, envelope(code))).toEqual({ kind: "refused", code, msg: "a message" });
    }
  });

  it.each([
    [200, 50099],
    [400, 1],
    [403, 50016],
    [422, -7],
    [404, 404],
    [200, 70001],
  ])("HTTP %i with the unknown code %i is a refusal, code and message unchanged", (status, code) => {
    const msg = "Zu lang — 太长了 \u0001";
    expect(readEnvelope(status, envelope(code, msg))).toEqual({ kind: "refused", code, msg });
  });

  it.each([
    [500, envelope(50099)],
    [502, HTML],
    [503, ""],
    [504, null],
    [500, envelope(500)],
    [200, envelope(500)],
    [200, envelope(502)],
    [429, envelope(1)],
    [200, envelope(429)],
    [400, envelope(0)],
    [200, HTML],
    [200, ""],
    [200, null],
    [200, '{"code":0,"data":{"taskI'],
    [200, "null"],
    [200, "[]"],
    [200, '"ok"'],
    [200, "{}"],
    [200, '{"code":"0","data":{}}'],
    [200, '{"code":null}'],
    [200, '{"code":0.5}'],
    [200, '{"code":1e400}'],
    [200, "[".repeat(5_000)],
    [302, ""],
    [404, HTML],
    [418, "{}"],
  ])("HTTP %i with %s proves nothing", (status, body) => {
    expect(readEnvelope(status, body)).toMatchObject({ kind: "unknown" });
    expect(readEnvelope(status, body)).not.toHaveProperty("forbidden");
  });

  it("is recognised as busy by its HTTP status", () => {
    for (const [status, busy] of [
      [429, true],
      [503, true],
      [502, false],
      [200, false],
    ] as const) {
      expect(readEnvelope(status, HTML)).toMatchObject({ kind: "unknown", busy });
    }
  });

  it("without a usable message gets one", () => {
    for (const msg of [null, "", 5, {}, undefined]) {
      expect(readEnvelope(200, envelope(50001, msg))).toMatchObject({ kind: "refused", msg: /./ });
    }
  });
});
