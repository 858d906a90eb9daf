/** The form's request as code: the same call by curl, TypeScript, Python, the AI SDK and the `openai` package. */
import { jsValue } from "./js-literal.ts";
import { openAiSample } from "./openai-sample.ts";
import { jsonText } from "./request.ts";
import type { Sample, SampleInput } from "./sample.ts";

/** The languages in their order, with the names that people see. */
export const LANGUAGES = [
  ["curl", "curl"],
  ["typescript", "TypeScript"],
  ["python", "Python"],
  ["ai-sdk", "AI SDK"],
  ["openai", "OpenAI"],
] as const;
/** One of the languages. */
export type Language = (typeof LANGUAGES)[number][0];

const MAKERS: Readonly<Record<Language, (input: SampleInput) => Sample>> = {
  curl: curlSample,
  typescript: typeScriptSample,
  python: pythonSample,
  "ai-sdk": aiSdkSample,
  openai: openAiSample,
};

/** Returns the form's request in a language. The key is read from the environment variable `PADDOCK_API_KEY`. */
export function sampleOf(language: Language, input: SampleInput): Sample {
  return MAKERS[language](input);
}

function curlSample({ baseUrl, request }: SampleInput): Sample {
  const lines = [
    `curl -X POST ${shellText(`${baseUrl}/api/v1/task/generate`)}`,
    `-H "Authorization: Bearer $PADDOCK_API_KEY"`,
    "-H 'Content-Type: application/json'",
    `--data-raw ${shellText(jsonText(request, 2))}`,
  ];
  return { code: `${lines.join(" \\\n  ")}\n`, notes: [] };
}

/** Returns a text as one word of a shell: nothing within single quotes has a meaning. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function typeScriptSample({ baseUrl, request }: SampleInput): Sample {
  const code = `import { Paddock } from "paddock-client";

const paddock = new Paddock({ baseUrl: ${jsValue(baseUrl)}, credential: process.env.PADDOCK_API_KEY! });
const { taskId, estimatedCredits } = await paddock.generate(${jsValue(request)});
console.log(\`Task \${taskId} for \${estimatedCredits} credits\`);
const task = await paddock.wait(taskId, { onProgress: ({ progress }) => console.log(\`\${progress} %\`) });
console.log(task.failReason || task.results.map(({ fileUrl }) => fileUrl));
`;
  return { code, notes: [] };
}

/** Returns a value as a literal of Python. Strings of JSON are strings of Python too. */
function pythonValue(value: unknown, depth: number): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return jsonText(value);
  const inner = "    ".repeat(depth + 1);
  const [items, open, close] = Array.isArray(value)
    ? [value.map((item) => pythonValue(item, depth + 1)), "[", "]"]
    : [
        Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonValue(item, depth + 1)}`),
        "{",
        "}",
      ];
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${"    ".repeat(depth)}${close}`;
}

function pythonSample({ baseUrl, request }: SampleInput): Sample {
  const code = `import os
import time

import requests

API = ${JSON.stringify(`${baseUrl}/api/v1`)}
HEADERS = {"Authorization": "Bearer " + os.environ["PADDOCK_API_KEY"]}


def call(method, path, body=None):
    response = requests.request(method, API + path, json=body, headers=HEADERS, timeout=60)
    envelope = response.json()
    if not envelope["ok"]:
        raise RuntimeError(envelope["msg"])
    return envelope["data"]


request = ${pythonValue(request, 0)}
task_id = call("POST", "/task/generate", request)["taskId"]
while True:
    task = call("GET", f"/query/{task_id}")
    if task["taskStatus"] in (2, 3, 5):  # completed, failed, cancelled
        break
    time.sleep(5)
print(task["failReason"] or [result["fileUrl"] for result in task["results"]])
`;
  return { code, notes: [] };
}

/** Parameters of the SDK by the native field that they stand for. */
const SDK_IMAGE = { imageCount: "n", aspectRatio: "aspectRatio", seed: "seed" } as const;
const SDK_VIDEO = { durationSeconds: "duration", generateAudio: "generateAudio", seed: "seed" } as const;

function aiSdkSample({ baseUrl, medium, request }: SampleInput): Sample {
  const { model, prompt, ...rest } = request;
  const names: Readonly<Record<string, string>> = medium === "image" ? SDK_IMAGE : SDK_VIDEO;
  const parameters: Record<string, unknown> = {};
  const native: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "bigint") notes.push(`${name} is left out: the AI SDK has no integers past 2^53.`);
    else if (Object.hasOwn(names, name)) parameters[names[name] as string] = value;
    else native[name] = value;
  }
  const call = medium === "image" ? "generateImage" : "generateVideo";
  const options = { ...parameters, providerOptions: { paddock: native } };
  const imported = medium === "image" ? "generateImage" : "experimental_generateVideo as generateVideo";
  const fields = jsValue(options).slice(2);
  const result = medium === "image" ? "images" : "videos";
  const code = `import { ${imported} } from "ai";
import { createPaddock } from "paddock-ai-sdk-provider";

const paddock = createPaddock({ baseURL: ${jsValue(baseUrl)}, apiKey: process.env.PADDOCK_API_KEY! });
const { ${result}, providerMetadata } = await ${call}({
  model: paddock.${medium}(${jsValue(model)}),
  prompt: ${jsValue(prompt)},
${fields});
console.log(${result}.length, JSON.stringify(providerMetadata?.paddock));
`;
  return { code, notes };
}
