/**
 * Memory of a large copy, and of a large upload in parts. Miniflare's R2 lives in the same workerd process as the gateway and passes every byte
 * through JavaScript, which alone makes that process grow by more than 100 MB for a file of 200 MB. So the gateway is
 * measured against a Worker that does nothing but `FILES.put(key, response.body)`: it may need 64 MB more, no matter how
 * large the file is. One that held the file would need 200 MB more.
 */
import { createHash } from "node:crypto";
import { openAsBlob, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Paddock } from "../../packages/client/src/index.ts";
import { buildWorker } from "../../scripts/build-worker.ts";
import { download } from "../../scripts/gateway-client.ts";
import { REPOSITORY, startGateway } from "../../scripts/gateway-process.ts";
import { formatBytes } from "../../scripts/table.ts";
import { type Simulator, startSimulator } from "../../simulator/index.ts";
import { mp4 } from "../support/media.ts";
import { growthDuring } from "../support/node/resident-memory.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { World } from "../support/node/world.ts";

const MB = 1_000_000;
const VIDEO_BYTES = 200 * MB;
const ALLOWED_BYTES = 64 * MB;

/** A task whose video is ready almost at once, in the words of the simulator's directives. */
const video = (name: string, directives: string) => ({
  model: "Seedance 2.0",
  taskName: name,
  type: "img_txt",
  prompt: `${name} [[sim: delayMs=100 ${directives}]]`,
});

/** URL of a finished 200 MB video on the upstream itself. */
async function upstreamVideo(simulator: Simulator): Promise<string> {
  const response = await fetch(`${simulator.url}/api/v1/task/generate`, {
    method: "POST",
    headers: { authorization: "Bearer sh-simulator", "content-type": "application/json" },
    body: JSON.stringify(video("control", `bytes=${VIDEO_BYTES}`)),
  });
  expect(response.status).toBe(200);
  simulator.advance(60_000);
  const [task] = simulator.tasks();
  const [file] = await simulator.files(task?.taskId ?? "");
  return file?.url ?? "";
}

describe.runIf(process.platform === "linux")("a video of 200 MB", () => {
  let bareGrowth = 0;

  beforeAll(async () => {
    const stateFolder = await temporaryFolder();
    const simulator = await startSimulator();
    const bundle = join(stateFolder, "bundle");
    await buildWorker(bundle, join(REPOSITORY, "test/e2e/bare-copy/wrangler.toml"));
    const bare = await startGateway({ settings: {}, stateFolder, bundle });
    const from = await upstreamVideo(simulator);
    const { result, growth } = await growthDuring(bare.processes.id, async () => {
      const response = await fetch(`${bare.url}/copy?from=${encodeURIComponent(from)}`);
      return response.text();
    });
    expect(result).toBe(String(VIDEO_BYTES));
    bareGrowth = growth;
    await bare.processes.kill();
    await simulator.close();
    await removeFolder(stateFolder);
  });

  it.each([
    { length: "known", directives: `bytes=${VIDEO_BYTES}` },
    { length: "unknown", directives: `bytes=${VIDEO_BYTES} file=chunked` },
  ])("of $length length is copied byte for byte, within 64 MB of memory", async ({ length, directives }) => {
    const world = await World.start({ MIRROR_GRACE_SECONDS: "120" });
    onTestFinished(() => world.stop());
    const client = await world.tenant();
    const body = video(length, directives);
    const { result, growth } = await growthDuring(world.gateway.processes.id, async () => {
      const submitted = await client.submit(body);
      const task = await client.untilEnded(submitted.taskId, { limitMs: 100_000 });
      expect(task).toMatchObject({ taskStatus: 2, results: [{ mirrored: true }] });
      return submitted;
    });
    console.log(`${length} length: workerd grew by ${formatBytes(growth)}, R2 alone by ${formatBytes(bareGrowth)}`);
    expect(growth - bareGrowth).toBeLessThan(ALLOWED_BYTES);
    const [made] = await world.filesMadeFor(body.prompt);
    expect(await download(result.resultUrls[0] ?? "")).toMatchObject({ bytes: VIDEO_BYTES, sha256: made?.sha256 });
  });

  it("of 200 MiB is uploaded in parts by paddock-client, within 64 MB of memory", async () => {
    const world = await World.start();
    onTestFinished(() => world.stop());
    const { key } = await world.newTenant();
    const folder = await temporaryFolder();
    onTestFinished(() => removeFolder(folder));
    const bytes = mp4(200 * 2 ** 20);
    const file = join(folder, "film.mp4");
    writeFileSync(file, bytes);
    const client = new Paddock({ baseUrl: world.gateway.url, credential: key });
    const blob = await openAsBlob(file, { type: "video/mp4" });
    const { result, growth } = await growthDuring(world.gateway.processes.id, () => client.files.uploadLarge(blob));
    console.log(`upload in parts: workerd grew by ${formatBytes(growth)}, R2 alone by ${formatBytes(bareGrowth)}`);
    expect(growth - bareGrowth).toBeLessThan(ALLOWED_BYTES);
    expect(result).toMatchObject({ contentType: "video/mp4", bytes: bytes.length });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await download(result.url)).toMatchObject({ bytes: bytes.length, sha256 });
  });
});
