/** Clients that other people's generators make of the API document, against a real gateway. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import createClient from "openapi-fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { readGenerated } from "../../scripts/generated.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

const GENERATORS = join(REPOSITORY, "test/generators/node_modules");

/** What a user of openapi-fetch writes; each line with @ts-expect-error must be an error. */
const FETCH_CONSUMER = `
import createClient from "openapi-fetch";
import type { paths } from "./schema.ts";

const client = createClient<paths>({ baseUrl: "https://gateway.example" });
export async function main(): Promise<string | undefined> {
  const { data, error } = await client.POST("/api/v1/task/generate", {
    body: { model: "Imagen Nano Banana 2", taskName: "t", type: "txt", prompt: "a cat", size: "4k" },
  });
  if (error) throw new Error(error.msg);
  const query = await client.GET("/api/v1/query/{taskId}", { params: { path: { taskId: data.data.taskId } } });
  const status: number | undefined = query.data?.data.taskStatus;
  const image = await client.POST("/v1/images/generations", { body: { prompt: "a cat", n: 1, response_format: "url" } });
  // @ts-expect-error a required field is missing
  await client.POST("/v1/images/generations", { body: { n: 1 } });
  // @ts-expect-error no such path
  await client.GET("/api/v1/nothing");
  return status === 2 ? image.data?.data[0]?.url : undefined;
}
`;

/** The functions of the generated SDK that are used here. */
interface Sdk {
  generate(options: object): Promise<{ data?: { data: { taskId: number } }; error?: object }>;
  queryTask(options: object): Promise<{ data?: { data: { taskStatus: number } } }>;
  createTenant(options: object): Promise<{ data?: { data: { tenantId: string } } }>;
  createOpenAiImage(options: object): Promise<{ data?: { data: { url: string }[] }; error?: { error: object } }>;
  uploadFile(options: object): Promise<{ data?: { data: { fileId: string } } }>;
  client: { setConfig(config: object): void };
}

describe("clients generated from the API document", () => {
  let world: World;
  let key: string;
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    writeFileSync(join(folder, "openapi.json"), readGenerated("openapi.json.gz.bin") ?? "");
    world = await World.start({}, { speed: 50 });
    key = (await world.newTenant({ name: "generated" })).key;
  });
  afterAll(async () => {
    await world.stop();
    await removeFolder(folder);
  });

  const run = (script: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(GENERATORS, script), ...args], { cwd: folder });
  /** @returns the compiler's findings */
  const compile = (project: string): Promise<string> =>
    promisify(execFile)(process.execPath, [join(REPOSITORY, "node_modules/typescript/bin/tsc"), "-p", project]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );

  it("openapi-fetch has types by openapi-typescript and makes calls", async () => {
    await run("openapi-typescript/bin/cli.js", "openapi.json", "-o", "schema.ts");
    writeFileSync(join(folder, "main.ts"), FETCH_CONSUMER);
    const compilerOptions = {
      ...{ module: "esnext", moduleResolution: "bundler", target: "es2022", lib: ["es2022", "dom", "dom.iterable"] },
      ...{ strict: true, noEmit: true, types: [], allowImportingTsExtensions: true },
      paths: { "openapi-fetch": [join(REPOSITORY, "node_modules/openapi-fetch")] },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    expect(await compile(folder)).toBe("");

    // biome-ignore lint/suspicious/noExplicitAny: the types are those of a file that this test makes.
    const client = createClient<any>({
      baseUrl: world.gateway.url,
      headers: { authorization: `Bearer ${key}` },
    });
    const body = { model: "Imagen Nano Banana 2", taskName: "t", type: "txt", prompt: "a cat" };
    const { data } = await client.POST("/api/v1/task/generate", { body, headers: { prefer: "wait=30" } });
    const { taskId } = (data as { data: { taskId: number } }).data;
    const found = await client.GET("/api/v1/query/{taskId}", { params: { path: { taskId } } });
    expect(found.data).toMatchObject({ code: 0, data: { taskId, taskStatus: 2 } });
    const listed = await client.GET("/api/v1/tasks", { params: { query: { "metadata.order": "none" } } });
    expect(listed.data).toMatchObject({ data: { tasks: [] } });
    const refused = await client.POST("/api/v1/task/generate", { body: { ...body, prompt: "" } });
    expect(refused).toMatchObject({ response: { status: 400 }, error: { code: 30_001 } });
    const image = await client.POST("/v1/images/generations", { body: { prompt: "a cat", response_format: "url" } });
    expect(image.data).toMatchObject({ data: [{ url: expect.stringContaining("/files/") }] });
  });

  it("the SDK by @hey-api/openapi-ts makes calls of tenants and of the operator", async () => {
    await run("@hey-api/openapi-ts/bin/run.js", "-i", "openapi.json", "-o", "sdk");
    writeFileSync(join(folder, "sdk/all.ts"), 'export * from "./sdk.gen"; export { client } from "./client.gen";');
    const outfile = join(folder, "sdk.mjs");
    await build({ entryPoints: [join(folder, "sdk/all.ts")], bundle: true, format: "esm", platform: "node", outfile });
    const sdk = (await import(pathToFileURL(outfile).href)) as Sdk;
    sdk.client.setConfig({ baseUrl: world.gateway.url, auth: key });
    const body = { model: "Imagen Nano Banana 2", taskName: "t", type: "txt", prompt: "a cat" };
    const made = await sdk.generate({ body, headers: { Prefer: "wait=30" } });
    const path = { taskId: made.data?.data.taskId };
    expect((await sdk.queryTask({ path })).data).toMatchObject({ data: { ...path, taskStatus: 2 } });
    expect((await sdk.generate({ body: { ...body, type: "unknown" } })).error).toMatchObject({ code: 50_003 });
    const image = await sdk.createOpenAiImage({ body: { prompt: "a cat", response_format: "url" } });
    expect(image.data?.data[0]?.url).toContain("/files/");
    const wrong = await sdk.createOpenAiImage({ body: { prompt: "a cat", n: 9 } });
    expect(wrong.error?.error).toMatchObject({ param: "n", type: "invalid_request_error" });
    const tenant = await sdk.createTenant({ auth: REQUIRED_SETTINGS.ADMIN_TOKEN, body: { name: "generated too" } });
    expect(tenant.data?.data.tenantId).toMatch(/^ten_/);
  });
});
