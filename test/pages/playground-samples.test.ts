/** The Playground's samples of code: each makes exactly the form's request, whatever characters are in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { readJson } from "../../pages/portal/playground/request.ts";
import type { SampleInput } from "../../pages/portal/playground/sample.ts";
import { LANGUAGES, type Language, sampleOf } from "../../pages/portal/playground/samples.ts";

const BASE = "https://gateway.example";
const folder = mkdtempSync(join(tmpdir(), "paddock-samples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that means something to a shell, to Python, to JavaScript or to a template. */
const NASTY = [
  "it's \"quoted\" 'twice'",
  `$HOME $(date) \`date\` \${x} !! %s {0} {{y}}`,
  "back\\slash \\n \\' \\",
  "line\nline\r\nline\ttab\u0000\u0007\u001b\u2028\u2029",
  "*/ // # <!-- </script> ''' \"\"\"",
  "🐱 Größe 图像 \ud800",
  "-d @/etc/passwd",
];
const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "A cat",
  type: "txt",
  prompt: "a cat",
  aspectRatio: "9:16",
  imageCount: 2,
  size: "2K",
  quality: 80,
};
const VIDEO = {
  model: "Seedance 2.0",
  taskName: "A kitten",
  type: "img_vid_aud_txt",
  prompt: "a kitten",
  resolution: "720p",
  durationSeconds: 5,
  generateAudio: false,
  refImageUrls: ["file_1", "https://example.com/it's.jpg"],
  refVideoUrls: ["https://example.com/$1.mp4"],
  refAudioUrls: ["https://example.com/music.mp3"],
};
const inputOf = (request: Record<string, unknown>, withUrls = request): SampleInput => ({
  baseUrl: BASE,
  medium: request.model === VIDEO.model ? "video" : "image",
  request,
  withUrls,
});
function codeOf(language: Language, request: Record<string, unknown>): string {
  const { code } = sampleOf(language, inputOf(request));
  if (code === null) throw new Error("no sample");
  return code;
}
const NASTY_REQUESTS = NASTY.flatMap((prompt) => [
  { ...IMAGE, prompt, taskName: prompt, metadata: { [prompt]: prompt } },
  { ...VIDEO, prompt, refImageUrls: [prompt] },
]);

/** Runs the sample in bash, with a function in place of curl. @returns the arguments */
function curlArguments(code: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\nPADDOCK_API_KEY=pdk_test\n${code}`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

/** Runs the sample in Python, with a module in place of requests. @returns the first request, as JSON text */
function pythonRequest(code: string): string {
  const stand = `import json, sys, types
class Response:
    def __init__(self, data):
        self.data = data
    def json(self):
        return {"ok": True, "data": self.data}
def request(method, url, json=None, headers=None, timeout=None):
    if json is not None:
        sent.append([method, url, headers, json])
        return Response({"taskId": 1})
    return Response({"taskStatus": 2, "failReason": "", "results": []})
sent = []
module = types.ModuleType("requests")
module.request = request
sys.modules["requests"] = module
exec(compile(open(sys.argv[1], encoding="utf-8").read(), "sample.py", "exec"))
print(json.dumps(sent[0]))
`;
  writeFileSync(join(folder, "stand.py"), stand);
  writeFileSync(
    join(folder, "sample.py"),
    code.replaceAll(/[\ud800-\udfff](?![\udc00-\udfff])/g, (one) => one),
  );
  const env = { ...process.env, PADDOCK_API_KEY: "pdk_test" };
  const run = spawnSync("python3", [join(folder, "stand.py"), join(folder, "sample.py")], { encoding: "utf8", env });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.split("\n").at(-2) ?? "";
}

/** Stand-ins for the packages: each call of one is recorded. */
const STAND_INS: Readonly<Record<string, string>> = {
  "paddock-client": `export class Paddock {
    constructor(options) { calls.push(["new", options]); }
    async generate(request) { calls.push(["generate", request]); return { taskId: 1, estimatedCredits: 5 }; }
    async wait() { return { failReason: "", results: [] }; }
  }`,
  ai: `const record = (name) => async (options) => { calls.push([name, options]); return { images: [], videos: [] }; };
    export const generateImage = record("generateImage");
    export const experimental_generateVideo = record("generateVideo");`,
  "paddock-ai-sdk-provider": `export const createPaddock = (options) => {
    calls.push(["new", options]);
    return { image: (id) => ({ image: id }), video: (id) => ({ video: id }) };
  };`,
  openai: `export const toFile = async (response, name) => ({ name });
    export default class OpenAI {
      constructor(options) { calls.push(["new", options]); }
      images = {
        generate: async (body) => { calls.push(["generate", body, this.idempotencyHeader]); return { data: [] }; },
        edit: async (body) => { calls.push(["edit", body, this.idempotencyHeader]); return { data: [] }; },
      };
      videos = {
        create: async (body) => { calls.push(["create", body, this.idempotencyHeader]); return { id: "video_1", status: "completed" }; },
        downloadContent: async () => ({ arrayBuffer: async () => new ArrayBuffer(0) }),
      };
    }`,
};

/** Runs the sample with stand-ins for its packages. @returns their calls */
async function calls(code: string): Promise<readonly (readonly [string, ...unknown[]])[]> {
  const bundled = await build({
    stdin: { contents: code, loader: "ts", resolveDir: folder },
    bundle: true,
    format: "esm",
    write: false,
    charset: "utf8",
    plugins: [
      {
        name: "stand-ins",
        setup: (setup) => {
          setup.onResolve({ filter: /^[a-z]/ }, ({ path }) => ({ path, namespace: "stand-in" }));
          setup.onLoad({ filter: /.*/, namespace: "stand-in" }, ({ path }) => ({ contents: STAND_INS[path] ?? "" }));
        },
      },
    ],
  });
  const body = `const calls = []; const console = { log() {} }; const fetch = async () => null;
    const process = { env: { PADDOCK_API_KEY: "pdk_test" } };\n${bundled.outputFiles[0]?.text}\nreturn calls;`;
  const AsyncFunction = (async () => {}).constructor as new (text: string) => () => Promise<never>;
  return new AsyncFunction(body)();
}

describe("curl", () => {
  it.each(NASTY_REQUESTS)("sends exactly the request: %j", (request) => {
    const [method, post, url, , auth, , type, , body] = ["-X", ...curlArguments(codeOf("curl", request)).slice(1)];
    expect([method, post, url, auth, type]).toEqual([
      "-X",
      "POST",
      `${BASE}/api/v1/task/generate`,
      "Authorization: Bearer pdk_test",
      "Content-Type: application/json",
    ]);
    expect(JSON.parse(body ?? "")).toEqual(request);
  });

  it("sends a seed past 2^53 as it is", () => {
    const body = curlArguments(codeOf("curl", { ...IMAGE, seed: 9223372036854775807n })).at(-1) ?? "";
    expect(readJson(body)).toMatchObject({ seed: 9223372036854775807n });
  });
});

describe.skipIf(spawnSync("python3", ["--version"]).status !== 0)("Python", () => {
  it.each(NASTY_REQUESTS)("sends exactly the request: %j", (request) => {
    const [method, url, headers, body] = JSON.parse(pythonRequest(codeOf("python", request)));
    expect([method, url, headers]).toEqual([
      "POST",
      `${BASE}/api/v1/task/generate`,
      { Authorization: "Bearer pdk_test" },
    ]);
    expect(body).toEqual(request);
  });

  it("sends true, false, null and a seed past 2^53 as JSON has them", () => {
    const more = {
      seed: 9223372036854775807n,
      generateAudio: true,
      other: null,
      list: [],
      empty: {},
      deep: [{ a: [false] }],
    };
    const text = pythonRequest(codeOf("python", { ...VIDEO, ...more }));
    expect((readJson(text) as unknown[])[3]).toEqual({ ...VIDEO, ...more });
  });
});

describe("TypeScript", () => {
  it.each(NASTY_REQUESTS)("sends exactly the request: %j", async (request) => {
    expect(await calls(codeOf("typescript", request))).toEqual([
      ["new", { baseUrl: BASE, credential: "pdk_test" }],
      ["generate", request],
    ]);
  });

  it("sends a seed past 2^53 as a bigint, and a field named __proto__ as a field", async () => {
    const request = { ...IMAGE, seed: 9223372036854775807n, others: JSON.parse('{"__proto__":{"x":1},"a-b":2}') };
    const [, [, sent]] = (await calls(codeOf("typescript", request))) as [unknown, [string, typeof request]];
    expect(sent.seed).toBe(9223372036854775807n);
    expect(Object.keys(sent.others)).toEqual(["__proto__", "a-b"]);
  });
});

describe("AI SDK", () => {
  it("gives the SDK's own parameters what they have, and the rest as native fields", async () => {
    expect(await calls(codeOf("ai-sdk", { ...IMAGE, seed: 7 }))).toEqual([
      ["new", { baseURL: BASE, apiKey: "pdk_test" }],
      [
        "generateImage",
        {
          model: { image: IMAGE.model },
          prompt: "a cat",
          n: 2,
          aspectRatio: "9:16",
          seed: 7,
          providerOptions: { paddock: { taskName: "A cat", type: "txt", size: "2K", quality: 80 } },
        },
      ],
    ]);
    const { resolution, taskName, type, refImageUrls, refVideoUrls, refAudioUrls } = VIDEO;
    const [, video] = await calls(codeOf("ai-sdk", VIDEO));
    expect(video).toEqual([
      "generateVideo",
      {
        model: { video: VIDEO.model },
        prompt: "a kitten",
        duration: 5,
        generateAudio: false,
        providerOptions: { paddock: { taskName, type, resolution, refImageUrls, refVideoUrls, refAudioUrls } },
      },
    ]);
  });

  it.each(NASTY)("has the prompt exactly: %j", async (prompt) => {
    const [, [, options]] = (await calls(codeOf("ai-sdk", { ...IMAGE, prompt }))) as [unknown, [string, object]];
    expect(options).toMatchObject({ prompt });
  });

  it("leaves out a seed past 2^53, and notes it", () => {
    const { code, notes } = sampleOf("ai-sdk", inputOf({ ...IMAGE, seed: 9007199254740993n }));
    expect(code).not.toContain("seed");
    expect(notes).toEqual([expect.stringContaining("seed")]);
  });
});

describe("OpenAI", () => {
  const openAi = async (request: Record<string, unknown>) => {
    const [, call] = await calls(codeOf("openai", request));
    return call;
  };

  it("has the sizes and qualities of OpenAI's API, and an idempotency header", async () => {
    expect(await openAi(IMAGE)).toEqual([
      "generate",
      {
        model: IMAGE.model,
        prompt: "a cat",
        n: 2,
        size: "1440x2560",
        quality: "medium",
        response_format: "url",
      },
      "Idempotency-Key",
    ]);
  });

  it.each([
    [{ size: "1K" }, "1024x1024"],
    [{ size: "4K", aspectRatio: "16:9" }, "3840x2160"],
    [{ aspectRatio: "9:16" }, "9:16"],
    [{}, undefined],
  ])("maps %j to the size %s", async (shape, size) => {
    const { model, prompt, taskName, type } = IMAGE;
    expect((await openAi({ model, prompt, taskName, type, ...shape }))?.[1]).toHaveProperty(
      ...((size === undefined ? ["prompt"] : ["size", size]) as [string]),
    );
  });

  it("edits the references of an image by their URLs", async () => {
    const request = { ...IMAGE, type: "img_txt", refImageUrls: ["file_1"] };
    const withUrls = { ...request, refImageUrls: ["https://gateway.example/uploads/x"] };
    const { code } = sampleOf("openai", inputOf(request, withUrls));
    expect(code).toContain("https://gateway.example/uploads/x");
    expect(code).not.toContain("file_1");
    const [, call] = await calls(code ?? "");
    expect(call).toMatchObject([
      "edit",
      { image: [{ name: "reference-1" }], prompt: "a cat", n: 2 },
      "Idempotency-Key",
    ]);
  });

  it("makes a video of a prompt and one image", async () => {
    const { type: _, refVideoUrls, refAudioUrls, ...rest } = VIDEO;
    const request = { ...rest, type: "img_txt", refImageUrls: ["https://example.com/cat.jpg"], seed: 7 };
    expect(await openAi(request)).toEqual([
      "create",
      {
        model: VIDEO.model,
        prompt: "a kitten",
        seconds: "5",
        input_reference: { image_url: "https://example.com/cat.jpg" },
        seed: 7,
      },
      "Idempotency-Key",
    ]);
    const { notes } = sampleOf("openai", inputOf(request));
    expect(notes.join(" ")).toContain("generateAudio is left out");
    expect(notes.join(" ")).toContain("720x1280");
  });

  it.each([
    ["img_vid_txt", VIDEO.refImageUrls],
    ["img_aud_txt", []],
    ["img_vid_aud_txt", []],
    ["img_txt", ["a", "b"]],
  ])("has no sample for what OpenAI's API cannot ask for, and the reason: %s with %j", (type, refImageUrls) => {
    const { code, notes } = sampleOf("openai", inputOf({ ...VIDEO, type, refImageUrls }));
    expect(code).toBeNull();
    expect(notes).toHaveLength(1);
  });

  it.each(NASTY)("has the prompt exactly: %j", async (prompt) => {
    expect((await openAi({ ...IMAGE, prompt }))?.[1]).toMatchObject({ prompt });
  });

  it("names what is left out", () => {
    const { notes } = sampleOf("openai", inputOf({ ...IMAGE, quality: 77, futureField: 1 }));
    expect(notes).toEqual([expect.stringContaining("quality 77"), expect.stringContaining("futureField")]);
  });
});

it("no sample contains a credential", () => {
  for (const [language] of LANGUAGES) {
    expect(codeOf(language, { ...IMAGE })).toContain("PADDOCK_API_KEY");
    expect(codeOf(language, { ...IMAGE })).not.toContain("pdk_");
  }
});
