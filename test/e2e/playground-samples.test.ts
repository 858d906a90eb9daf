/** The Playground's samples of code, run as they are shown against a real gateway, with the real packages. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Language, sampleOf } from "../../pages/portal/playground/samples.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { Command } from "../support/node/command.ts";
import { World } from "../support/node/world.ts";

const NASTY = `it's "quoted" $HOME \`date\` \\ back\nline 🐱`;
const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "A cat",
  type: "txt",
  imageCount: 2,
  size: "2K",
  aspectRatio: "9:16",
};
const VIDEO = { model: "Seedance 2.0", taskName: "A kitten", type: "img_txt", resolution: "720p", durationSeconds: 4 };

describe("the Playground's samples against a real gateway", () => {
  let world: World;
  let key: string;
  let folder: string;
  let picture: string;
  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "samples" })).key;
    // In the repository, so that the packages are found.
    const cache = join(REPOSITORY, "node_modules/.cache");
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(join(cache, "paddock-samples-"));
    picture = "https://example.com/cat.jpg";
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await world.stop();
  });

  function sampleFor(language: Language, request: Record<string, unknown>): string {
    const medium = request.model === VIDEO.model ? "video" : "image";
    const { code } = sampleOf(language, { baseUrl: world.gateway.url, medium, request, withUrls: request });
    if (code === null) throw new Error("no sample");
    return code;
  }

  async function run(language: Language, code: string): Promise<string> {
    const env = { PADDOCK_API_KEY: key };
    const file = join(folder, `${crypto.randomUUID()}.${language === "python" ? "py" : "mjs"}`);
    let command: Command;
    if (language === "curl") command = new Command("bash", ["-c", code], env);
    else if (language === "python") {
      writeFileSync(file, code);
      command = new Command("python3", [file], env);
    } else {
      const source = (name: string) => join(REPOSITORY, "packages", name, "src/index.ts");
      const alias = { "paddock-client": source("client"), "paddock-ai-sdk-provider": source("ai-sdk-provider") };
      const stdin = { contents: code, loader: "ts", resolveDir: REPOSITORY } as const;
      const banner = {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      };
      await build({
        stdin,
        bundle: true,
        platform: "node",
        format: "esm",
        outfile: file,
        alias,
        banner,
        logLevel: "error",
      });
      command = new Command(process.execPath, [file], env);
    }
    const exit = await command.exitCode();
    return `${command.output}${exit === 0 ? "" : `\nexit ${exit}`}`;
  }

  /** What reached the upstream for the one task with this in its prompt. */
  function sentFor(tag: string): Record<string, unknown> {
    const sent = world.simulator.requests().filter(({ body }) => body.includes(tag));
    expect(sent.map(({ code }) => code)).toEqual([0]);
    const body = JSON.parse(sent[0]?.body ?? "{}") as Record<string, unknown>;
    // The openai package sends forms, which have CRLF for every line break.
    return { ...body, prompt: String(body.prompt).replaceAll("\r\n", "\n") };
  }

  const hasPython = spawnSync("python3", ["-c", "import requests"]).status === 0;

  it.each([
    ["curl", '"ok":true'],
    ...(hasPython ? [["python", "/files/"]] : []),
    ["typescript", "/files/"],
    ["ai-sdk", "2 {"],
    ["openai", "/files/"],
  ] as [Language, string][])("make images of the form's values: %s", async (language, output) => {
    const tag = `${language}-${crypto.randomUUID()}`;
    const request = { ...IMAGE, prompt: `${tag} ${NASTY}` };
    expect(await run(language, sampleFor(language, request))).toContain(output);
    const { taskName: _, ...exact } = request;
    expect(sentFor(tag)).toMatchObject(exact);
  });

  it.each([
    ["curl", '"ok":true'],
    ...(hasPython ? [["python", "/files/"]] : []),
    ["typescript", "/files/"],
    // The SDK's download refuses addresses of this machine; the task itself is what it should be.
    ["ai-sdk", "127.0.0.1"],
    ["openai", ""],
  ] as [Language, string][])("make a video with a reference: %s", async (language, output) => {
    const tag = `${language}-${crypto.randomUUID()}`;
    const request = { ...VIDEO, prompt: `${tag} ${NASTY}`, refImageUrls: [picture] };
    const shown = await run(language, sampleFor(language, request));
    expect(shown).toContain(output);
    if (language !== "ai-sdk") expect(shown).not.toContain("exit ");
    const { taskName: _, ...exact } = request;
    expect(sentFor(tag)).toMatchObject(exact);
  });

  it("edit an image with the bytes of its reference, by the openai package", async () => {
    const first = await run("typescript", sampleFor("typescript", { ...IMAGE, imageCount: 1, prompt: "a reference" }));
    const [url = ""] = /http\S+\/files\/[^\s"',\]]+/.exec(first) ?? [];
    const tag = `edit-${crypto.randomUUID()}`;
    const request = { ...IMAGE, type: "img_txt", prompt: tag, refImageUrls: [url] };
    expect(await run("openai", sampleFor("openai", request))).toContain("/files/");
    expect(sentFor(tag)).toMatchObject({ type: "img_txt", refImageUrls: [expect.stringContaining("/uploads/")] });
  });

  it("are correct TypeScript", async () => {
    const names = ["typescript", "ai-sdk", "openai"] as const;
    const requests = [
      { ...IMAGE, prompt: NASTY, quality: 80, seed: 7 },
      { ...IMAGE, type: "img_txt", prompt: NASTY, refImageUrls: [picture] },
      { ...VIDEO, prompt: NASTY, seed: 7, generateAudio: false, refImageUrls: [picture] },
    ];
    const samples = names.flatMap((name) => requests.map((request) => sampleFor(name, request)));
    samples.push(sampleFor("typescript", { ...IMAGE, prompt: NASTY, seed: 9223372036854775807n }));
    for (const [at, code] of samples.entries()) writeFileSync(join(folder, `sample-${at}.ts`), `${code}export {};\n`);
    const settings = {
      extends: join(REPOSITORY, "tsconfig.node.json"),
      compilerOptions: { noEmit: true, incremental: false, composite: false },
      include: ["sample-*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const tsc = new Command(join(REPOSITORY, "node_modules/.bin/tsc"), ["-p", folder]);
    expect(await tsc.exitCode(), tsc.output).toBe(0);
  });
});
