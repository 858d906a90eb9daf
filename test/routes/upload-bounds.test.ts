/** Uploads that stall, or are many, cost their own sender and nobody else. */
import { exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { type BodyMemory, memoryOfUpload, takeUploadMemory } from "../../src/files/upload-memory.ts";
import { BASE, call, createTenant, IMAGE } from "../support/gateway.ts";
import { mp4, png } from "../support/media.ts";
import { tokenFor } from "../support/operator.ts";
import { sqlIn } from "../support/tenant-object.ts";

const MIB = 2 ** 20;

/** Begins an upload of unknown length that stalls until it is ended. */
function stalled(headers: Record<string, string>) {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(png(4_000).slice(0, 3_000));
      end = () => controller.close();
    },
  });
  const response = exports.default.fetch(new Request(`${BASE}/api/v1/files`, { method: "POST", headers, body }));
  return { response, end: () => end() };
}

async function send(headers: Record<string, string>, body: Uint8Array<ArrayBuffer>) {
  const response = await exports.default.fetch(new Request(`${BASE}/api/v1/files`, { method: "POST", headers, body }));
  const { code } = (await response.json()) as { code: number };
  return { status: response.status, code, retryAfter: response.headers.get("retry-after") };
}

const rowsOf = (tenantId: string) =>
  sqlIn<{ bytes: number; under_way: number }>(tenantId, "SELECT bytes, under_way FROM uploads");

describe("uploads under way", () => {
  it("are two for an end user, with however many tokens, and leave room for others", async () => {
    const tenant = await createTenant();
    const tokens = [await tokenFor(tenant, { endUser: "slow" }), await tokenFor(tenant, { endUser: "slow" })];
    const slow = tokens.map((headers) => stalled(headers));
    await expect.poll(async () => (await rowsOf(tenant.tenantId)).length).toBe(2);
    for (const row of await rowsOf(tenant.tenantId)) expect(row.bytes).toBeLessThanOrEqual(8 * MIB);
    for (const headers of tokens) {
      const refused = await send(headers, png(100));
      expect(refused).toMatchObject({ status: 429, code: 70002 });
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    }
    expect(await send(await tokenFor(tenant, { endUser: "other" }), png(100))).toMatchObject({ status: 200 });
    expect(await send(tenant.auth, png(100))).toMatchObject({ status: 200 });
    for (const { end } of slow) end();
    for (const { response } of slow) expect((await response).status).toBe(400);
    expect(await send(tokens[0] ?? {}, png(100))).toMatchObject({ status: 200 });
  });

  it("reserve bytes as they arrive, and end with the bytes that came", async () => {
    const tenant = await createTenant();
    const file = mp4(20 * MIB);
    expect(await send(await tokenFor(tenant), file)).toMatchObject({ status: 200 });
    expect(await rowsOf(tenant.tenantId)).toEqual([{ bytes: file.length, under_way: 0 }]);
  });

  it("end when the quota of their end user is used up", async () => {
    const tenant = await createTenant();
    const headers = await tokenFor(tenant, { endUser: "hoarder" });
    const values = ["file_x", "t", tenant.keyId, "hoarder", 2 ** 30 - 12 * MIB, Date.now(), Date.now() + 3_600_000];
    await sqlIn(
      tenant.tenantId,
      "INSERT INTO uploads (file_id, token, key_id, end_user, bytes, created_at, expires_at) VALUES (?,?,?,?,?,?,?)",
      ...values,
    );
    expect(await send(headers, mp4(20 * MIB))).toMatchObject({ status: 413, code: 70006 });
    expect(await send(headers, png(1_000))).toMatchObject({ status: 200 });
    expect(await send(tenant.auth, mp4(20 * MIB))).toMatchObject({ status: 200 });
  });
});

it("parts that stall cost the end user who sends them, and not the tenant's backend", async () => {
  const tenant = await createTenant();
  const headers = await tokenFor(tenant, { endUser: "slow" });
  const begin = async () => {
    const body = { bytes: 200 * MIB, contentType: "video/mp4" };
    return (await call<{ parts: { url: string }[] }>("POST", "/api/v1/files/uploads", { headers, body })).data.parts;
  };
  const parts = [...(await begin()), ...(await begin()), ...(await begin())].filter(
    ({ url }) => !/parts\/13\?/.test(url),
  );
  const ends: (() => void)[] = [];
  const sent = parts.map(({ url }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(mp4(4_000).slice(0, 3_000));
        ends.push(() => controller.close());
      },
    });
    return exports.default.fetch(
      new Request(url, { method: "PUT", headers: { "content-length": String(16 * MIB) }, body }),
    );
  });
  const statuses: number[] = [];
  for (const one of sent) void one.then(({ status }) => statuses.push(status));
  await expect.poll(() => statuses).toEqual(Array.from({ length: parts.length - 17 }, () => 429));
  expect(await send(tenant.auth, png(100))).toMatchObject({ status: 200 });
  expect(await send(await tokenFor(tenant, { endUser: "other" }), png(100))).toMatchObject({ status: 200 });
  for (const end of ends) end();
  await Promise.all(sent);
});

/** Begins a JSON body that stalls before its end. */
function stalledJson(headers: Record<string, string>, bytes: number) {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`{"prompt":"${"a".repeat(bytes)}`));
      end = () => controller.close();
    },
  });
  const init = { method: "POST", headers, body };
  const response = exports.default.fetch(new Request(`${BASE}/api/v1/task/estimate`, init));
  return { response, end: () => end() };
}

describe("JSON bodies under way", () => {
  it("that stall cost their own end user, and then the other end users of the tenant, but not its backend", async () => {
    const tenant = await createTenant();
    const headers = await tokenFor(tenant, { endUser: "slow" });
    const slow = Array.from({ length: 68 }, () => stalledJson(headers, 200_000));
    const big = JSON.stringify({ ...IMAGE, prompt: "a".repeat(100_000) });
    const estimate = async (auth: Record<string, string>, body: string) => {
      const init = { method: "POST", headers: auth, body };
      const response = await exports.default.fetch(new Request(`${BASE}/api/v1/task/estimate`, init));
      await response.text();
      return response.status;
    };
    await expect.poll(() => estimate(headers, big)).toBe(429);
    expect(await estimate(headers, JSON.stringify(IMAGE))).toBe(200);
    expect(await estimate(tenant.auth, big)).toBe(200);
    expect(await estimate((await createTenant()).auth, big)).toBe(200);
    for (const { end } of slow) end();
    for (const { response } of slow) expect((await response).status).toBe(400);
    expect(await estimate(headers, big)).toBe(200);
  });

  it("that are too large are 413 also while there is no memory, and 429 only if they have data: references", async () => {
    const tenant = await createTenant();
    const memory = takeUploadMemory({ tenantId: tenant.tenantId, endUser: null }, 31 * MIB);
    const send = async (path: string, text: string, isChunked = false) => {
      const body = isChunked ? (new Response(text).body?.pipeThrough(new TransformStream()) ?? null) : text;
      const init = { method: "POST", headers: tenant.auth, body };
      const response = await exports.default.fetch(new Request(BASE + path, init));
      return { status: response.status, ...((await response.json()) as { code: number }) };
    };
    const plain = JSON.stringify({ ...IMAGE, prompt: "a".repeat(3_000_000) });
    const bytes = `data:image/png;base64,${"A".repeat(3_000_000)}`;
    for (const path of ["/api/v1/task/generate", "/api/v1/task/estimate", "/v1/images/generations"]) {
      for (const isChunked of [false, true]) {
        expect(await send(path, plain, isChunked), path).toMatchObject({ status: 413 });
        expect(await send(path, plain + plain, isChunked), path).toMatchObject({ status: 413 });
        for (const withData of [
          { refImageUrls: [bytes], ...IMAGE },
          { ...IMAGE, refImageUrls: [bytes] },
        ]) {
          expect(await send(path, JSON.stringify(withData), isChunked), path).toMatchObject({ status: 429 });
        }
      }
    }
    expect(typeof memory).toBe("object");
    if (typeof memory !== "string") memory.release();
  });

  it("of a sign-in have at most 16 KiB", async () => {
    const signIn = (token: string) =>
      exports.default.fetch(
        new Request(`${BASE}/console/session`, {
          method: "POST",
          headers: { "sec-fetch-site": "same-origin", "cf-connecting-ip": "203.0.113.77" },
          body: JSON.stringify({ token }),
        }),
      );
    expect((await signIn("a".repeat(20_000))).status).toBe(413);
    expect((await signIn("a".repeat(4_000))).status).toBe(401);
  });
});

describe("memory for uploads", () => {
  const backend = (tenantId: string) => ({ tenantId, endUser: null });

  it("of a tenant is 17 MiB for one end user and 22 MiB for all of them", () => {
    const ofUser = (endUser: string, bytes: number) => takeUploadMemory({ tenantId: "t", endUser }, bytes);
    const taken = [ofUser("1", 10 * MIB), ofUser("1", 7 * MIB), ofUser("2", 5 * MIB)];
    expect(ofUser("1", 1)).toBe("tenant");
    expect(ofUser("3", 1)).toBe("tenant");
    taken.push(takeUploadMemory(backend("t"), 10 * MIB));
    for (const memory of taken) if (typeof memory !== "string") memory.release();
    expect(taken.every((one) => typeof one === "object")).toBe(true);
    const again = ofUser("3", 17 * MIB);
    expect(typeof again).toBe("object");
    if (typeof again !== "string") again.release();
  });

  const headers = (entries: Record<string, string>) => new Headers(entries);

  it("is 1 MiB for a file of known length, and at most 2.25 MiB otherwise", () => {
    expect(memoryOfUpload(headers({ "content-length": "200000000" }))).toBe(MIB);
    expect(memoryOfUpload(headers({}))).toBe(2.25 * MIB);
    const form = { "content-type": "multipart/form-data; boundary=x" };
    expect(memoryOfUpload(headers({ ...form, "content-length": "1000" }))).toBe(MIB + 2_000);
    expect(memoryOfUpload(headers({ ...form, "content-length": "200000000" }))).toBe(2.25 * MIB);
  });

  it("is lost by the slowest body that drips, to a tenant with less memory, and by no other body", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const take = (tenant: string) => takeUploadMemory(backend(tenant), 9 * MIB) as BodyMemory;
    const [json, quick, slow, slowest, only, other] = ["a", "a", "a", "b", "b", "c"].map(take) as BodyMemory[];
    for (let seconds = 0; seconds < 16; seconds += 1) {
      expect(takeUploadMemory(backend("d"), 9 * MIB)).toBe("isolate");
      for (const memory of [quick, only]) memory?.count(100 * 1024);
      slow?.count(64 * 1024);
      for (const memory of [slowest, other]) memory?.count(17 * 1024);
      vi.setSystemTime(Date.now() + 1_000);
    }
    const lost = () => [json, quick, slow, slowest, only, other].map((memory) => memory?.isLost);
    const taken = [take("d")];
    expect(lost()).toEqual([false, false, true, false, false, false]);
    taken.push(take("e"));
    expect(lost()).toEqual([false, false, true, true, false, false]);
    expect(takeUploadMemory(backend("d"), 9 * MIB)).toBe("isolate");
    taken.push(take("f"));
    expect(lost()).toEqual([false, false, true, true, false, true]);
    expect(takeUploadMemory(backend("g"), 9 * MIB)).toBe("isolate");
    for (const memory of [json, quick, slow, slowest, only, other, ...taken]) memory?.release();
    vi.useRealTimers();
    const whole = takeUploadMemory(backend("h"), 32 * MIB);
    expect(typeof whole).toBe("object");
    if (typeof whole !== "string") whole.release();
  });

  it("is 32 MiB for one tenant and 54 MiB for all, and is given back", () => {
    const taken = [];
    for (const tenant of ["a", "a", "a", "b", "b"]) taken.push(takeUploadMemory(backend(tenant), 10 * MIB));
    expect(taken.every((one) => typeof one === "object")).toBe(true);
    expect(takeUploadMemory(backend("a"), 10 * MIB)).toBe("tenant");
    expect(takeUploadMemory(backend("c"), 10 * MIB)).toBe("isolate");
    for (const memory of taken) if (typeof memory !== "string") memory.release();
    const again = takeUploadMemory(backend("c"), 10 * MIB);
    expect(typeof again).toBe("object");
    if (typeof again !== "string") again.release();
  });
});
