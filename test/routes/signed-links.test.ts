import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { signFilePath } from "../../src/domain/file-link.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";

const HOUR_MS = 3_600_000;

afterEach(() => void vi.useRealTimers());

function setTime(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
  vi.setSystemTime(ms);
}

async function open(url: string, headers: Record<string, string> = {}) {
  const response = await exports.default.fetch(new Request(url, { headers }));
  await response.body?.cancel();
  return response;
}

const statusOf = async (url: string) => (await open(url)).status;
const bare = (url: string) => url.replace(/\?.*/, "");

async function finished(tenant: TestTenant, plan = "") {
  const { data } = await submit(tenant, plannedRequest(plan).body);
  return { submitted: data, task: await untilEnded(tenant, data.taskId) };
}

describe("files of a tenant with signed links", () => {
  it("open with the links that were handed out, and with no others", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { submitted, task } = await finished(tenant, "thumbnail");
    const [result] = task.results;
    const links = [submitted.resultUrls[0], result?.fileUrl, result?.thumbnailUrl].map((url) => url ?? "");
    for (const url of links) {
      expect(await statusOf(url), url).toBe(200);
      const signature = new URL(url).searchParams.get("signature") ?? "";
      const expires = new URL(url).searchParams.get("expires") ?? "";
      const other = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      for (const tampered of [
        bare(url),
        `${bare(url)}?expires=${expires}`,
        `${bare(url)}?signature=${signature}`,
        `${bare(url)}?expires=${Number(expires) + 1}&signature=${signature}`,
        `${bare(url)}?expires=${expires}&signature=${other}`,
        `${bare(url)}?expires=${expires}&signature=`,
        url.replace("/0.png", "/1.png").replace("/t0.png", "/t1.png"),
        `${url}&expires=${Number(expires) + 9_999}`,
      ]) {
        expect(await statusOf(tampered), tampered).toBe(403);
      }
    }
    // A link for one file opens no other, not even its own thumbnail.
    const [, query = ""] = (result?.fileUrl ?? "").split("?");
    expect(await statusOf(`${bare(result?.thumbnailUrl ?? "")}?${query}`)).toBe(403);
  });

  it("are handed out as the tenant is set when it asks, and under the address that it asks, whatever was answered before", async () => {
    const tenant = await createTenant();
    const { submitted } = await finished(tenant);
    const ask = async (origin: string) => {
      const path = `${origin}/api/v1/query/${submitted.taskId}`;
      const { data } = await call<TaskData>("GET", path, { headers: tenant.auth });
      return data.results[0]?.fileUrl ?? "";
    };
    const { pathname } = new URL(await ask("https://gateway.test"));
    expect(await ask("https://other.test")).toBe(`https://other.test${pathname}`);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "signed" });
    const signed = new URL(await ask("https://other.test"));
    expect(signed.pathname).toBe(pathname);
    expect(signed.searchParams.has("signature")).toBe(true);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "public" });
    expect(await ask("https://gateway.test")).toBe(`https://gateway.test${pathname}`);
  });

  it("work until the link expires, in no shared cache", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { task } = await finished(tenant);
    const url = task.results[0]?.fileUrl ?? "";
    const expiresAt = Number(new URL(url).searchParams.get("expires")) * 1_000;
    expect(expiresAt - Date.now()).toBeGreaterThan(23 * HOUR_MS);
    expect((await open(url)).headers.get("cache-control")).toMatch(/^private, max-age=86\d{3}$/);
    setTime(expiresAt - 5_000);
    expect(await statusOf(url)).toBe(200);
    setTime(expiresAt);
    expect(await statusOf(url)).toBe(403);
    // Each query hands out fresh ones; the path stays.
    const asked = await call<TaskData>("GET", `/api/v1/query/${task.taskId}`, { headers: tenant.auth });
    const fresh = asked.data.results[0]?.fileUrl ?? "";
    expect(bare(fresh)).toBe(bare(url));
    expect(await statusOf(fresh)).toBe(200);
  });

  it("take other parameters, which the signature does not cover", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { task } = await finished(tenant);
    const url = task.results[0]?.fileUrl ?? "";
    const response = await open(`${url}&download=cat.png`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toContain("cat.png");
    expect((await open(url, { range: "bytes=0-1" })).status).toBe(206);
    expect(await statusOf(`${url}&w=64`)).toBe(200);
    expect(await statusOf(`${bare(url)}?w=64`)).toBe(403);
  });

  it("are 403 without a signature, for missing files too", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { data } = await submit(tenant, plannedRequest("never").body);
    const url = data.resultUrls[0] ?? "";
    expect(await statusOf(url)).toBe(202);
    expect(await statusOf(bare(url))).toBe(403);
    expect(await statusOf(bare(url).replace("/0.png", "/9.png"))).toBe(403);
  });

  it("open with links signed by any secret of the list", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { task } = await finished(tenant);
    const { pathname, origin } = new URL(task.results[0]?.fileUrl ?? "");
    const expires = Math.floor(Date.now() / 1_000) + 60;
    const secrets = await importSigningSecrets([
      ...(inject("gatewaySettings").SIGNING_SECRETS ?? "").split(","),
      "another-secret",
    ]);
    const statuses = await Promise.all(
      secrets.map(async (secret) => statusOf(`${origin}${pathname}?${await signFilePath(pathname, expires, secret)}`)),
    );
    expect(statuses).toEqual([200, 200, 403]);
  });

  it("are in every answer that names files", async () => {
    const tenant = await createTenant({ filesVisibility: "signed" });
    const { task } = await finished(tenant);
    const list = await call<{ tasks: TaskData[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    const waited = await call<{ task: TaskData }>("POST", "/api/v1/task/generate", {
      headers: { ...tenant.auth, prefer: "wait=30" },
      body: plannedRequest("").body,
    });
    for (const shown of [task, list.data.tasks[0], waited.data.task]) {
      expect(await statusOf(shown?.results[0]?.fileUrl ?? "")).toBe(200);
    }
  });

  it("become so, public again and gone at once where the operator's word arrived", async () => {
    const tenant = await createTenant();
    const { task } = await finished(tenant);
    const url = task.results[0]?.fileUrl ?? "";
    expect(await statusOf(url)).toBe(200);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "signed" });
    expect(await statusOf(url)).toBe(403);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility: "public" });
    expect(await statusOf(url)).toBe(200);
    await operate("DELETE", `/tenants/${tenant.tenantId}`);
    expect([404, 410]).toContain(await statusOf(url));
  });

  it("become so, and public again, within 10 s of the operator's word", { timeout: 40_000 }, async () => {
    const tenant = await createTenant();
    const { task } = await finished(tenant);
    const url = task.results[0]?.fileUrl ?? "";
    for (const [filesVisibility, status] of [
      ["signed", 403],
      ["public", 200],
    ] as const) {
      await operate("PATCH", `/tenants/${tenant.tenantId}`, { filesVisibility });
      const changedAt = Date.now();
      await expect.poll(() => statusOf(url), { timeout: 12_000, interval: 200 }).toBe(status);
      expect(Date.now() - changedAt).toBeLessThan(10_000);
    }
  });
});

describe("files of a tenant with public links", () => {
  it("need no signature, and a wrong one does no harm", async () => {
    const { task } = await finished(await createTenant());
    const url = task.results[0]?.fileUrl ?? "";
    expect(url).not.toContain("?");
    expect(await statusOf(`${url}?expires=1&signature=x`)).toBe(200);
  });
});
