/** The form's request by the published `openai` package, as far as OpenAI's API has its fields. */
import { jsValue } from "./js-literal.ts";
import type { RequestFields } from "./request.ts";
import type { Sample, SampleInput } from "./sample.ts";

/** Sizes of images by the gateway's size and aspect ratio (docs/surfaces.md, "Images"). */
const SIZES: Readonly<Record<string, string>> = {
  "1K": "1024x1024",
  "2K": "2048x2048",
  "4K": "4096x4096",
  "1K 16:9": "1792x1024",
  "1K 9:16": "1024x1792",
  "2K 16:9": "2560x1440",
  "2K 9:16": "1440x2560",
  "4K 16:9": "3840x2160",
  "4K 9:16": "2160x3840",
};
const QUALITIES: Readonly<Record<number, string>> = { 50: "low", 80: "medium", 100: "high" };
/** Fields that the sample below sends under OpenAI's names, or that follow from the call. */
const SENT = new Set(["model", "prompt", "type", "seed", "metadata", "taskName", "refImageUrls"]);

const SETUP = (baseUrl: string, more = "") => `import OpenAI${more} from "openai";

const openai = new OpenAI({ baseURL: ${jsValue(`${baseUrl}/v1`)}, apiKey: process.env.PADDOCK_API_KEY });
// A repeated request makes no second task.
Object.assign(openai, { idempotencyHeader: "Idempotency-Key" });
`;

/** Returns the sample; its notes name what OpenAI's API does not have. */
export function openAiSample(input: SampleInput): Sample {
  return input.medium === "image" ? imageSample(input) : videoSample(input);
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function imageSample({ baseUrl, withUrls: request }: SampleInput): Sample {
  const { size, aspectRatio, quality, imageCount } = request;
  const notes: string[] = [];
  const fields: Record<string, unknown> = { model: request.model, prompt: request.prompt };
  if (imageCount !== undefined) fields.n = imageCount;
  const wanted = [size, aspectRatio].filter((one) => one !== undefined).join(" ");
  if (wanted !== "") fields.size = SIZES[wanted] ?? wanted;
  if (typeof quality === "number" && quality in QUALITIES) fields.quality = QUALITIES[quality];
  else if (quality !== undefined)
    notes.push(`quality ${quality} is left out: OpenAI's API has low (50), medium (80) and high (100).`);
  notes.push(...otherNotes(request, ["size", "aspectRatio", "quality", "imageCount"]));
  const urls = listOf(request.refImageUrls);
  const common = { ...fields, response_format: "url" };
  if (request.type === "txt") {
    const code = `${SETUP(baseUrl)}
const { data } = await openai.images.generate(${withGatewayFields(common, request)});
console.log(data?.map(({ url }) => url));
`;
    return { code, notes };
  }
  notes.push(...formNotes(request));
  const code = `${SETUP(baseUrl, ", { toFile }")}
const references = ${jsValue(urls)};
const image = await Promise.all(references.map(async (url, at) => toFile(await fetch(url), \`reference-\${at + 1}\`)));
const { data } = await openai.images.edit({
  image,
${withGatewayFields(common, request).slice(2)});
console.log(data?.map(({ url }) => url));
`;
  return { code, notes };
}

function videoSample({ baseUrl, withUrls: request }: SampleInput): Sample {
  const images = listOf(request.refImageUrls);
  if (request.type !== "img_txt") {
    return { code: null, notes: [`OpenAI's API has no reference videos or audio, which ${request.type} is for.`] };
  }
  if (images.length > 1) return { code: null, notes: ["OpenAI's API takes one reference image for a video."] };
  const { durationSeconds, aspectRatio } = request;
  const notes: string[] = [];
  const fields: Record<string, unknown> = { model: request.model, prompt: request.prompt };
  if (durationSeconds !== undefined) fields.seconds = String(durationSeconds);
  else notes.push("Without seconds, OpenAI's API asks for 4 seconds.");
  if (aspectRatio !== undefined) fields.size = aspectRatio === "16:9" ? "1280x720" : "720x1280";
  else notes.push("Without size, OpenAI's API asks for 720x1280, which is 720p in 9:16.");
  if (images[0] !== undefined) fields.input_reference = { image_url: images[0] };
  notes.push(...otherNotes(request, ["durationSeconds", "aspectRatio", "resolution"]), ...formNotes(request));
  const code = `${SETUP(baseUrl)}
let video = await openai.videos.create(${withGatewayFields(fields, request)} as OpenAI.VideoCreateParams);
while (video.status === "queued" || video.status === "in_progress") {
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  video = await openai.videos.retrieve(video.id);
}
if (video.status === "failed") throw new Error(video.error?.message);
const file = await openai.videos.downloadContent(video.id);
console.log((await file.arrayBuffer()).byteLength);
`;
  return { code, notes };
}

/** Both calls with a file send a form, which has CRLF for every line break. */
function formNotes({ prompt }: RequestFields): string[] {
  return /(^|[^\r])\n/.test(String(prompt))
    ? ["Line breaks of the prompt are sent as CRLF, because the package sends a form."]
    : [];
}

/** Returns the fields as a literal; `seed` and `metadata` are the gateway's own, so their types are hidden. */
function withGatewayFields(fields: Readonly<Record<string, unknown>>, request: RequestFields): string {
  const own = Object.fromEntries(
    ["seed", "metadata"].flatMap((name) => (name in request ? [[name, request[name]]] : [])),
  );
  if (typeof own.seed === "bigint") delete own.seed;
  if (Object.keys(own).length === 0) return jsValue(fields);
  const text = jsValue(own, 1);
  return `${jsValue(fields).slice(0, -1)}  ...(${text} as object), // fields of the gateway\n}`;
}

function otherNotes(request: RequestFields, known: readonly string[]): string[] {
  const names = Object.keys(request).filter((name) => !SENT.has(name) && !known.includes(name));
  const notes = names.map((name) => `${name} is left out: OpenAI's API does not have it.`);
  if (typeof request.seed === "bigint") notes.push("seed is left out: the package has no integers past 2^53.");
  return notes;
}
