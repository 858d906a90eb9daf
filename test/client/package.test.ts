import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileClient } from "../../scripts/build-client.ts";
import { CLIENT_SCHEMA, clientSchema } from "../../scripts/client-types.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";

const MANIFEST = JSON.parse(readFileSync(join(REPOSITORY, "packages/client/package.json"), "utf8")) as Record<
  string,
  unknown
>;

/** What a user writes; each line with @ts-expect-error must be an error. */
const CONSUMER = `
import { Paddock, PaddockError, TASK_STATUS, hasEnded, verifyWebhook, type GenerateRequest, type Task } from "paddock-client";

const client = new Paddock({ baseUrl: "https://gateway.example", credential: async () => "pdk_x" });
const image: GenerateRequest = {
  model: "Imagen Nano Banana 2", taskName: "Image Generation Test", type: "txt", prompt: "a cat",
  aspectRatio: "9:16", imageCount: 1, size: "4k", seed: 9223372036854775807n, metadata: { order: "4711" },
};
// The Quick Start, with a field that is documented for the other medium.
const video: GenerateRequest = {
  model: "Seedance 2.0", taskName: "My First Video", type: "img_txt", prompt: "rain",
  durationSeconds: 5, resolution: "720p", aspectRatio: "16:9", generateAudio: true,
};
// @ts-expect-error a required field is missing
const incomplete: GenerateRequest = { model: "Seedance 2.0", taskName: "t", type: "img_txt" };
// @ts-expect-error the model does not have this method
const method: GenerateRequest = { model: "Imagen Nano Banana 2", taskName: "t", type: "img_vid_txt", prompt: "p" };
// @ts-expect-error wrong type of a field
const seconds: GenerateRequest = { ...video, model: "Seedance 2.0", type: "img_txt", durationSeconds: "5" };

export async function main(signal: AbortSignal): Promise<string | null> {
  const { taskId, resultUrls, replayed } = await client.generate(image, { idempotencyKey: "k", wait: 10, signal });
  const task: Task = await client.wait(taskId, { onProgress: ({ progress }) => console.log(progress), signal });
  if (hasEnded(task) && task.taskStatus === TASK_STATUS.completed && !replayed) console.log(resultUrls[0]?.length);
  for await (const one of client.tasks.list({ status: 2, from: new Date() })) console.log(one.taskNo);
  const { url } = await client.upload(new Blob(["x"]));
  await client.generate({ ...image, type: "img_txt", refImageUrls: [url] });
  const large = await client.files.uploadLarge(new Blob(["x"]), { contentType: "video/mp4", concurrency: 2, signal });
  await client.files.delete(large.fileId);
  const { models } = await client.models();
  const { limits } = await client.account();
  const { rows } = await client.usage({ groupBy: "model" });
  console.log(models[0]?.prices[0]?.credits, limits.monthlyCredits, rows[0]?.credits);
  await client.request("PUT /api/v1/end-users/{endUser}", { path: { endUser: "ann" }, body: { dailyCredits: 5 } });
  for await (const { deliveries } of client.pages("GET /api/v1/deliveries")) console.log(deliveries[0]?.attempts);
  // @ts-expect-error the path needs a tenant
  await client.request("GET /admin/v1/tenants/{tenantId}");
  // @ts-expect-error no such call
  await client.request("GET /api/v1/nothing");
  // @ts-expect-error not a list
  client.pages("GET /api/v1/account");
  // @ts-expect-error wrong type of a field
  await client.request("POST /admin/v1/tenants", { body: { name: 5 } });
  const event = await verifyWebhook("{}", new Headers(), "whsec_x");
  if (event.type === "credits.low") console.log(event.data.balance);
  else if (event.type !== "webhook.test") console.log(event.data.results[0]?.fileUrl);
  try {
    await client.estimate(video);
  } catch (error) {
    if (error instanceof PaddockError) console.log(error.code, error.issues[0]?.path, error.retryAfter);
  }
  return task.results[0]?.fileUrl ?? null;
}
export const unused = [incomplete, method, seconds];
`;

describe("the package paddock-client", () => {
  let folder: string;
  let installed: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "paddock-client-"));
    installed = join(folder, "node_modules/paddock-client");
    await mkdir(installed, { recursive: true });
    await writeFile(join(installed, "package.json"), JSON.stringify(MANIFEST));
    compileClient(join(installed, "dist"));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has types generated from the current schemas (npm run build:client)", async () => {
    expect(readFileSync(CLIENT_SCHEMA, "utf8")).toBe(await clientSchema());
  });

  it("has no dependencies and ships only its own files", () => {
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"])
      expect(MANIFEST).not.toHaveProperty(kind);
    const dist = join(installed, "dist");
    const files = readdirSync(dist);
    expect(files).toContain("index.js");
    for (const file of files) {
      const imports = [...readFileSync(join(dist, file), "utf8").matchAll(/(?:from|import\() ?"([^"]+)"/g)];
      for (const [, specifier = ""] of imports) {
        expect(specifier, file).toMatch(/^\.\/[a-z-]+\.js$/);
        expect(files).toContain(specifier.slice(2));
      }
    }
  });

  it.each([
    ["a bundler, for browsers and Workers", { module: "esnext", moduleResolution: "bundler" }],
    ["Node", { module: "nodenext", moduleResolution: "nodenext" }],
  ])("has self-contained types for %s", async (_name, options) => {
    const project = await mkdtemp(join(folder, "consumer-"));
    await writeFile(join(project, "package.json"), '{"type":"module"}');
    await writeFile(join(project, "main.ts"), CONSUMER);
    const compilerOptions = {
      ...options,
      target: "es2022",
      lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    const tsc = join(REPOSITORY, "node_modules/typescript/bin/tsc");
    let output = "";
    try {
      execFileSync(process.execPath, [tsc, "-p", project], { encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    expect(output).toBe("");
  });

  it("can be imported from its packed files", async () => {
    await writeFile(
      join(folder, "run.mjs"),
      'import * as all from "paddock-client"; console.log(Object.keys(all).sort().join());',
    );
    const output = execFileSync(process.execPath, [join(folder, "run.mjs")], { encoding: "utf8" });
    expect(output.trim().split(",")).toEqual([
      "Paddock",
      "PaddockConnectionError",
      "PaddockError",
      "TASK_STATUS",
      "WebhookVerificationError",
      "hasEnded",
      "verifyWebhook",
    ]);
  });
});
