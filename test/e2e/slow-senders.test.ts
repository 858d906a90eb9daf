/** Slow uploads take every place for large parts; a quiet end user, a quiet tenant and a copy must not notice. */
import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { download, GatewayClient, type NewTenant } from "../../scripts/gateway-client.ts";
import { mp4 } from "../support/media.ts";
import { World } from "../support/node/world.ts";

const MIB = 2 ** 20;
/** More than a large part, so that it needs a place. */
const FILE = mp4(6 * MIB);
const CHUNK_BYTES = 64 * 1024;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
const slow: { end: () => void }[] = [];
afterAll(async () => {
  for (const { end } of slow) end();
  await world.stop();
});

/** Begins an upload of unknown length whose first 2 MiB come at once and the rest at 64 KiB a second. It never ends. */
function uploadSlowly(key: string): Promise<void> {
  return uploadAt(key, FILE, { first: 2 * MIB, bytesPerSecond: CHUNK_BYTES, ends: false }).begun;
}

/** Begins an upload of unknown length. @returns when its first bytes are sent, and the response's status */
function uploadAt(
  key: string,
  file: Uint8Array,
  { first, bytesPerSecond, ends }: { first: number; bytesPerSecond: number; ends: boolean },
): { readonly begun: Promise<void>; readonly status: Promise<number> } {
  const headers = { authorization: `Bearer ${key}`, "transfer-encoding": "chunked" };
  const upload = request(`${world.gateway.url}/api/v1/files`, { method: "POST", headers });
  upload.on("error", () => {});
  const status = new Promise<number>((resolve) =>
    upload.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }),
  );
  let sent = first;
  const timer = setInterval(() => {
    const piece = file.subarray(sent, sent + bytesPerSecond);
    sent += piece.length;
    if (sent < file.length) upload.write(piece);
    else {
      clearInterval(timer);
      if (ends) upload.end(piece);
    }
  }, 1_000);
  slow.push({
    end() {
      clearInterval(timer);
      upload.destroy();
    },
  });
  return { begun: new Promise((resolve) => upload.write(file.subarray(0, first), () => resolve())), status };
}

/** Uploads a file without declaring its length. @returns the response's status */
async function uploadWhole(key: string): Promise<number> {
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < FILE.length; at += CHUNK_BYTES) controller.enqueue(FILE.subarray(at, at + CHUNK_BYTES));
      controller.close();
    },
  });
  const init = { method: "POST", headers: { authorization: `Bearer ${key}` }, body, duplex: "half" } as const;
  const response = await fetch(`${world.gateway.url}/api/v1/files`, init);
  await response.body?.cancel();
  return response.status;
}

async function tokenOf({ key }: NewTenant, endUser: string): Promise<string> {
  const client = new GatewayClient(world.gateway.url, key);
  return (await client.call<{ token: string }>("POST", "/api/v1/client-tokens", { endUser })).token;
}

it("an end user, a tenant and a result of unknown length get through while the senders of three tenants are slow", async () => {
  const [one, two, three, quiet] = [
    await world.newTenant(),
    await world.newTenant(),
    await world.newTenant(),
    await world.newTenant(),
  ];
  const dripping = ["ann", "ann", "bob", "bob"].map((endUser) => tokenOf(one, endUser));
  const keys = [...(await Promise.all(dripping)), one.key, two.key, two.key, two.key, three.key];
  await Promise.all(keys.map(uploadSlowly));

  const uploads = [await tokenOf(one, "cleo"), one.key, two.key, quiet.key, await tokenOf(quiet, "dan")];
  expect(await Promise.all(uploads.map(uploadWhole))).toEqual(uploads.map(() => 200));
  await copyWhole(quiet.key);
});

/** Completes a task whose file has no declared length, reads the file before its copy and after it. */
async function copyWhole(key: string): Promise<void> {
  const client = new GatewayClient(world.gateway.url, key);
  const prompt = `a quiet sea ${key.slice(-8)} [[sim: delayMs=100 bytes=${FILE.length} file=chunked*3]]`;
  const submission = { model: "Seedance 2.0", taskName: "t", type: "img_txt", prompt };
  const { taskId, resultUrls } = await client.submit(submission);
  const readable = async () => (await fetch(resultUrls[0] ?? "", { method: "HEAD" })).status;
  await expect.poll(readable, { timeout: 20_000 }).toBe(200);
  const before = await download(resultUrls[0] ?? "");
  const { results } = await client.untilEnded(taskId);
  expect(results).toMatchObject([{ mirrored: true }]);
  const [made] = await world.filesMadeFor(prompt);
  expect([before.sha256, (await download(results[0]?.fileUrl ?? "")).sha256]).toEqual([made?.sha256, made?.sha256]);
}

it("a tenant gets through beside five and eight tenants whose senders drip, and an honest slow sender is not ended", async () => {
  const tenants = await Promise.all(Array.from({ length: 11 }, () => world.newTenant()));
  const [honest, first, second, ...dripping] = tenants.map(({ key }) => key);
  if (!honest || !first || !second) throw new Error("no tenants");
  await Promise.all(dripping.slice(0, 5).map(uploadSlowly));
  const slowLine = uploadAt(honest, mp4(3 * MIB), { first: 100 * 1024, bytesPerSecond: 100 * 1024, ends: true });
  const beside = async (key: string) => {
    expect(await uploadWhole(key)).toBe(200);
    await copyWhole(key);
  };
  await beside(first);
  // More than the isolate has memory for, places or not.
  await Promise.all([...dripping.slice(5), ...dripping, ...dripping, ...dripping].map(uploadSlowly));
  await beside(second);
  expect(await slowLine.status).toBe(200);
}, 150_000);
