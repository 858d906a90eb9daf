/** The deployed bundle with a stand-in of the platform's cache between its two entrypoints, as processes of their own. */
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GatewayClient, NewTenant } from "../../scripts/gateway-client.ts";
import { GatewayClient as Client } from "../../scripts/gateway-client.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { World } from "../support/node/world.ts";

const INTERNAL = ["cache-tag", "cloudflare-cdn-cache-control", "cf-cache-status", "age", "paddock-choice"];

describe("files behind the edge cache", () => {
  let folder: string;
  let world: World;
  let tenant: NewTenant;
  let client: GatewayClient;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const standIn = join(folder, "edge-cache.mjs");
    await build({
      entryPoints: [join(REPOSITORY, "test/support/edge-cache-worker.ts")],
      bundle: true,
      format: "esm",
      external: ["cloudflare:workers"],
      outfile: standIn,
      logLevel: "error",
    });
    world = await World.start({}, {}, standIn);
    tenant = await world.newTenant();
    client = new Client(world.gateway.url, tenant.key);
  });
  afterAll(async () => {
    await world.stop();
    await removeFolder(folder);
  });

  /** What the stand-in has logged: `fills` of a path, and purges. */
  const logged = (event: string): unknown[] =>
    [...world.gateway.log.text().matchAll(/\{"event":"edge-.*\}/g)]
      .map(([line]) => JSON.parse(line) as { event: string; what: unknown })
      .filter((line) => line.event === event)
      .map(({ what }) => what);
  const fills = (url: string) => logged("edge-fill").filter((path) => path === new URL(url).pathname).length;
  const purges = () => logged("edge-purge") as { tags?: string[]; left: string[] }[];

  /** A finished task with one image of so many bytes. */
  async function finished(of = client): Promise<{ taskId: number; url: string; bytes: number }> {
    const prompt = "a cat [[sim: delayMs=50 bytes=300000]]";
    const body = { model: "Imagen Nano Banana 2", taskName: "edge", type: "txt", prompt };
    const { taskId, resultUrls } = await of.submit(body);
    const task = await of.untilEnded(taskId, { everyMs: 50 });
    expect(task).toMatchObject({ taskStatus: 2, results: [{ mirrored: true }] });
    return { taskId, url: resultUrls[0] ?? "", bytes: 300_000 };
  }

  async function get(url: string, headers: Record<string, string> = {}, method = "GET") {
    const response = await fetch(url, { headers, method });
    const bytes = new Uint8Array(await response.arrayBuffer());
    for (const name of INTERNAL) expect(response.headers.has(name), name).toBe(false);
    return { status: response.status, headers: response.headers, bytes };
  }

  it("read R2 once for 20 views, 60 requests at once and ranges", async () => {
    const { url } = await finished();
    const first = await get(url);
    expect(first.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(Number(first.headers.get("content-length"))).toBe(first.bytes.length);
    for (let view = 1; view < 20; view += 1) expect((await get(url)).bytes).toEqual(first.bytes);
    expect(fills(url)).toBe(1);

    const popular = (await finished()).url;
    const all = await Promise.all(Array.from({ length: 60 }, () => get(popular)));
    for (const { status, bytes } of all) expect([status, bytes.length]).toEqual([200, first.bytes.length]);
    expect(fills(popular)).toBe(1);

    const sought = (await finished()).url;
    for (let time = 0; time < 2; time += 1) {
      const part = await get(sought, { range: "bytes=1000-1999" });
      expect([part.status, part.headers.get("content-length")]).toEqual([206, "1000"]);
      expect(part.bytes).toEqual((await get(sought)).bytes.slice(1_000, 2_000));
    }
    expect((await get(sought, { range: "bytes=99999999-" })).status).toBe(416);
    expect(fills(sought)).toBe(1);
  });

  it("answer HEAD before a GET, conditions, downloads and any host from one entry", async () => {
    const { url } = await finished();
    const head = await get(url, {}, "HEAD");
    const etag = head.headers.get("etag") ?? "";
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect((await get(url, { "if-none-match": etag })).status).toBe(304);
    expect((await get(url, { "if-range": '"old"', range: "bytes=0-9" })).status).toBe(200);
    const named = await get(`${url}?download=cat.png`, { host: "other.example", "x-forwarded-host": "third.example" });
    expect(named.headers.get("content-disposition")).toContain("cat.png");
    expect(String(named.bytes.length)).toBe(head.headers.get("content-length"));
    expect((await get(url)).headers.has("content-disposition")).toBe(false);
    expect(fills(url)).toBe(1);
  });

  it("are gone when their task is deleted, and purged by its tag, though the machine dies in between", async () => {
    const { taskId, url } = await finished();
    await get(url);
    await client.call("DELETE", `/api/v1/tasks/${taskId}`);
    expect((await get(url)).status).toBe(410);
    await expect.poll(() => purges().flatMap(({ tags = [] }) => tags)).toContain(`k-${tenant.tenantId}-${taskId}`);
    expect(purges().at(-1)?.left).not.toContain(new URL(url).pathname);

    const second = await finished();
    await Promise.all([client.call("DELETE", `/api/v1/tasks/${second.taskId}`).catch(() => {}), world.crash()]);
    await world.restart();
    const gone = await get(second.url);
    if (gone.status === 200) await client.call("DELETE", `/api/v1/tasks/${second.taskId}`);
    await expect
      .poll(() => purges().flatMap(({ tags = [] }) => tags))
      .toContain(`k-${tenant.tenantId}-${second.taskId}`);
    expect((await get(second.url)).status).toBe(410);
  });

  it("need a signature once their tenant's links are signed, and are purged with their tenant", async () => {
    const other = await world.newTenant();
    const { url } = await finished(new Client(world.gateway.url, other.key));
    expect((await get(url)).status).toBe(200);
    const path = `/admin/v1/tenants/${other.tenantId}`;
    await world.operator.call("PATCH", path, { filesVisibility: "signed" });
    expect((await get(url)).status).toBe(403);
    const tag = `t-${other.tenantId}`;
    await expect.poll(() => purges().filter(({ tags = [] }) => tags.includes(tag)).length).toBe(1);
    const before = fills(url);
    const { results } = await new Client(world.gateway.url, other.key).query(
      Number((await tasksOf(other))[0]?.taskId ?? 0),
    );
    const signedUrl = results[0]?.fileUrl ?? "";
    expect(signedUrl).toContain("signature=");
    const signed = await get(signedUrl);
    expect([signed.status, fills(url) - before]).toEqual([200, 0]);
    expect(signed.headers.get("cache-control")).toMatch(/^private/);
    await world.operator.call("DELETE", path);
    expect((await get(signedUrl)).status).toBe(410);
    await expect.poll(() => purges().filter(({ tags = [] }) => tags.includes(tag)).length).toBe(2);
  });

  const tasksOf = async ({ key }: NewTenant) =>
    (await new Client(world.gateway.url, key).call<{ tasks: { taskId: number }[] }>("GET", "/api/v1/tasks")).tasks;
});
