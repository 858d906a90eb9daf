/** Links that nobody has handed out: what they may reach (contract section 5), and that old links keep working beside them. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { formatFileToken, mintFileSecret, resultKey, signFilePath } from "../../src/domain/file-link.ts";
import { formatTenantId } from "../../src/domain/key-format.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { firstTaskIdAt } from "../../src/domain/task-id.ts";
import { uploadKey } from "../../src/domain/upload-link.ts";
import { encodeBase64Url } from "../../src/lib/bytes.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { BASE, createTenant, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { png } from "../support/media.ts";

const app = createApp();
const bucket = (env as unknown as { FILES: R2Bucket }).FILES;
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

let lastAddress = 0;

afterEach(() => void vi.useRealTimers());

/** A reader at an address of its own; counts what its requests ask of R2, of objects, of IMAGES and of EDGE_LIMIT. */
function reader(most = Number.POSITIVE_INFINITY) {
  const address = `203.0.113.${++lastAddress}`;
  const asked = { r2: 0, objects: 0, images: 0, limit: [] as string[] };
  const countOf = (key: string) => asked.limit.filter((one) => one === key).length;
  const counting = <T extends object>(target: T, count: () => void): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          count();
          return value.apply(of, args);
        };
      },
    });
  const all = env as unknown as { TENANTS: object; IMAGES: object };
  const bindings = {
    ...env,
    FILES: counting(bucket, () => {
      asked.r2 += 1;
    }),
    TENANTS: counting(all.TENANTS, () => {
      asked.objects += 1;
    }),
    IMAGES: counting(all.IMAGES, () => {
      asked.images += 1;
    }),
    EDGE_LIMIT: {
      async limit({ key }: { key: string }) {
        asked.limit.push(key);
        return { success: countOf(key) <= most };
      },
    },
  };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const request = new Request(new URL(path, BASE), { headers: { "cf-connecting-ip": address, ...headers } });
    // What goes on after a response, such as counting requests, is not waited for: it lasts up to a minute.
    const context = { waitUntil() {}, passThroughOnException() {} };
    const response = await app.fetch(request, bindings as never, context as never);
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  };
  const status = async (path: string) => (await get(path)).status;
  return { asked, get, status };
}

async function finishedPath(tenant: TestTenant): Promise<string> {
  const { data } = await submit(tenant, plannedRequest("").body);
  await untilEnded(tenant, data.taskId);
  return new URL(data.resultUrls[0] ?? "").pathname;
}

/** The path of a file whose token has no MAC, as of release 0.1. */
function oldPath(tenantId: string, taskId = firstTaskIdAt(Date.now() - 1_000)): string {
  return `/files/${formatFileToken({ tenantId, taskId, secret: encodeBase64Url(random(15)) })}/0.png`;
}

describe("a made-up file link", () => {
  it("whose task id is of the future is 404 before anything is asked", async () => {
    const { asked, status } = reader();
    for (let at = 0; at < 20; at += 1) {
      const path = oldPath(formatTenantId(random(10)), firstTaskIdAt(Date.now() + 2 * 86_400_000) + at);
      expect(await status(path)).toBe(404);
    }
    expect(asked).toEqual({ r2: 0, objects: 0, images: 0, limit: [] });
  });

  it("reaches no object once its address is over the limit, and old links from there still work", async () => {
    const tenant = await createTenant();
    const { asked, get, status } = reader(3);
    for (let at = 0; at < 4; at += 1) expect(await status(oldPath(tenant.tenantId))).toBe(404);
    expect(asked.limit).toHaveLength(4);
    const objects = asked.objects;
    for (let at = 0; at < 2; at += 1) {
      const refused = await get(oldPath(formatTenantId(random(10))));
      expect(refused.status).toBe(429);
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    }
    expect(asked.objects).toBe(objects);
    const old = oldPath(tenant.tenantId);
    const [, , token = ""] = old.split("/");
    await bucket.put(resultKey(tenant.tenantId, token, "0"), png(), {
      httpMetadata: { contentType: "image/png" },
      customMetadata: { kind: "image" },
    });
    expect(await status(old)).toBe(200);
    expect(await status(await finishedPath(tenant))).toBe(200);
    // A flood of links says nothing about credentials.
    expect((await get("/admin/v1/tenants", OPERATOR)).status).toBe(200);
  });

  it("reaches R2 a bounded number of times, whatever is made up, and a link that has worked goes on working", async () => {
    const most = 5;
    const [open, closed] = [await createTenant(), await createTenant({ filesVisibility: "signed" })];
    const [, , token = ""] = oldPath(open.tenantId).split("/");
    await bucket.put(resultKey(open.tenantId, token, "0"), png(), {
      httpMetadata: { contentType: "image/png" },
      customMetadata: { kind: "image" },
    });
    const { asked, get, status } = reader(most);
    expect(await status(`/files/${token}/0.png`)).toBe(200);
    const before = asked.r2;
    const uploadOf = () => `/uploads/${encodeBase64Url(random(30))}`;
    const madeUp = [
      () => oldPath(open.tenantId),
      () => oldPath(closed.tenantId),
      () => oldPath(formatTenantId(random(10))),
      () => `${oldPath(closed.tenantId)}?w=64`,
      uploadOf,
    ];
    for (let at = 0; at < 60; at += 1) await get(madeUp[at % madeUp.length]?.() ?? "");
    // Up to the limit, and as many again for old links beside a flood; a file with a width has up to two objects.
    expect(asked.r2 - before).toBeLessThanOrEqual(2 * (2 * most + 2));
    const { r2, objects } = asked;
    for (const make of madeUp) {
      const refused = await get(make());
      expect(refused.status).toBe(429);
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    }
    expect([asked.r2, asked.objects]).toEqual([r2, objects]);
    expect(await status(`/files/${token}/0.png`)).toBe(200);
  });

  it("of a tenant that does not exist counts as unknown", async () => {
    const { asked, status } = reader();
    expect(await status(oldPath(formatTenantId(random(10))))).toBe(404);
    expect(asked.limit).toHaveLength(1);
  });

  it("is remembered: repetitions, and thumbnails of any width, ask nobody for two seconds", async () => {
    const tenant = await createTenant();
    const { asked, status } = reader();
    const path = oldPath(tenant.tenantId);
    vi.useFakeTimers({ toFake: ["Date"] });
    expect(await status(`${path}?w=64`)).toBe(404);
    const before = structuredClone(asked);
    for (const query of ["", "?w=64", "?w=128", "?w=2048"]) expect(await status(path + query)).toBe(404);
    expect(asked).toEqual(before);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await status(path)).toBe(404);
    expect(asked.r2).toBeGreaterThan(before.r2);
  });
});

describe("a link with a MAC", () => {
  it("is 404 for a file that its task does not have, and asks nobody again for two seconds", async () => {
    const tenant = await createTenant();
    const path = (await finishedPath(tenant)).replace("/0.png", "/57.png");
    const { asked, status } = reader(0);
    vi.useFakeTimers({ toFake: ["Date"] });
    expect(await status(`${path}?w=64`)).toBe(404);
    const before = structuredClone(asked);
    for (const query of ["", "?w=64", "?w=128", "?w=2048"]) expect(await status(path + query)).toBe(404);
    expect(asked).toEqual(before);
    expect(asked.limit).toEqual([]);
  });

  it("is 403 before R2 is asked where the tenant's links are signed and this one is not", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const path = await finishedPath(tenant);
    const { asked, status } = reader();
    for (const query of ["", "?w=64", "?expires=9999999999&signature=x"]) expect(await status(path + query)).toBe(403);
    expect(asked.r2).toBe(0);
  });

  it("with a wrong or expired signature counts as a failed attempt, one stale link once, and valid links go on", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const path = await finishedPath(tenant);
    const [secret] = await importSigningSecrets((inject("gatewaySettings").SIGNING_SECRETS ?? "").split(","));
    if (!secret) throw new Error("no secret");
    const seconds = Math.floor(Date.now() / 1_000);
    const stale = `${path}?${await signFilePath(path, seconds - 60, secret)}`;
    const valid = `${path}?${await signFilePath(path, seconds + 600, secret)}`;
    const { asked, get, status } = reader(3);
    for (let at = 0; at < 20; at += 1) expect(await status(stale)).toBe(403);
    expect(asked.limit).toHaveLength(1);
    for (let at = 0; at < 10; at += 1)
      await get(`${path}?expires=${seconds + 600}&signature=${encodeBase64Url(random(32))}`);
    expect(asked.limit).toHaveLength(4);
    const refused = await get(path);
    expect([refused.status, Number(refused.retryAfter) > 0]).toEqual([429, true]);
    expect(await status(valid)).toBe(200);
  });

  it("works when the secret that signed it was removed", async () => {
    const tenant = await createTenant();
    const taskId = firstTaskIdAt(Date.now());
    const token = formatFileToken({
      tenantId: tenant.tenantId,
      taskId,
      secret: mintFileSecret(tenant.tenantId, taskId, random(7), "a secret that this deployment has no more"),
    });
    await bucket.put(resultKey(tenant.tenantId, token, "0"), png(), {
      httpMetadata: { contentType: "image/png" },
      customMetadata: { kind: "image" },
    });
    expect(await reader(0).status(`/files/${token}/0.png`)).toBe(200);
  });
});

describe("a made-up upload link", () => {
  it("is 404 and reaches no object", async () => {
    const { asked, status } = reader();
    for (const tenantBytes of [random(10), random(10)]) {
      expect(await status(`/uploads/${encodeBase64Url(new Uint8Array([...tenantBytes, ...random(20)]))}`)).toBe(404);
    }
    expect(asked.objects).toBe(0);
  });

  it("does not stand in the way of an upload of release 0.1", async () => {
    const tenant = await createTenant();
    const tenantBytes = Uint8Array.from(tenant.tenantId.slice(4).match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
    const token = encodeBase64Url(new Uint8Array([...tenantBytes, ...random(20)]));
    await bucket.put(uploadKey(tenant.tenantId, token), png(), { httpMetadata: { contentType: "image/png" } });
    expect(await reader().status(`/uploads/${token}`)).toBe(200);
  });
});
