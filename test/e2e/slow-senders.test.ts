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

/** Begins an upload of unknown length whose first 2 MiB come at once and the rest at 64 KiB a second. */
function uploadSlowly(key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "transfer-encoding": "chunked" };
  const upload = request(`${world.gateway.url}/api/v1/files`, { method: "POST", headers });
  upload.on("error", () => {});
  upload.on("response", (response) => response.resume());
  let sent = 2 * MIB;
  const timer = setInterval(() => {
    upload.write(FILE.subarray(sent, sent + CHUNK_BYTES));
    sent = Math.min(sent + CHUNK_BYTES, FILE.length - 1);
  }, 1_000);
  slow.push({
    end() {
      clearInterval(timer);
      upload.destroy();
    },
  });
  return new Promise((resolve) => upload.write(FILE.subarray(0, sent), () => resolve()));
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
  const client = new GatewayClient(world.gateway.url, quiet.key);
  const prompt = `a quiet sea [[sim: delayMs=100 bytes=${FILE.length} file=chunked*3]]`;
  const { taskId } = await client.submit({ model: "Seedance 2.0", taskName: "t", type: "img_txt", prompt });
  const { results } = await client.untilEnded(taskId);
  expect(results).toMatchObject([{ mirrored: true }]);
  const [made] = await world.filesMadeFor(prompt);
  expect((await download(results[0]?.fileUrl ?? "")).sha256).toBe(made?.sha256);
});
