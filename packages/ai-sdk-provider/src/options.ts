/** `providerOptions.paddock`: the native fields of a request. */
import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ImageRequest, VideoRequest } from "paddock-client";

/** Fields of a request that the schema names, as JSON: without what passes through, and without bigints. */
type Fields<Request> = {
  [Name in keyof Request as string extends Name ? never : Name]?: Exclude<Request[Name], bigint | undefined>;
};

/** Fields that the SDK's own parameters set. */
type Given = "model" | "prompt";

/** Native fields of an image request, for `providerOptions.paddock`. They override what the SDK's parameters set. */
export type PaddockImageOptions = Omit<Fields<ImageRequest>, Given | "imageCount">;

/** Native fields of a video request, for `providerOptions.paddock`. They override what the SDK's parameters set. */
export type PaddockVideoOptions = Omit<Fields<VideoRequest>, Given>;

/** Kinds of references, by the field that has their URLs. */
export type References = Readonly<Record<"refImageUrls" | "refVideoUrls" | "refAudioUrls", readonly string[]>>;

const GIVEN: ReadonlySet<string> = new Set(["model", "prompt", "imageCount"]);
const TASK_NAME_CHARACTERS = 60;

/** Returns the native fields of a call without those that the SDK's parameters set and without references. */
export function nativeFields(options: SharedV4ProviderOptions): Record<string, unknown> {
  const fields = Object.entries(options.paddock ?? {});
  return Object.fromEntries(fields.filter(([name]) => !GIVEN.has(name) && !/^ref[A-Z]\w*Urls$/.test(name)));
}

/** Returns the references of a call: the given ones, then those of the native fields. Empty lists are left out. */
export function withNativeReferences(given: References, options: SharedV4ProviderOptions): Partial<References> {
  const native = options.paddock ?? {};
  const all = Object.entries(given).map(([field, urls]): [string, string[]] => {
    const more = Object.hasOwn(native, field) && Array.isArray(native[field]) ? (native[field] as string[]) : [];
    return [field, [...urls, ...more]];
  });
  return Object.fromEntries(all.filter(([, urls]) => urls.length > 0));
}

/** Returns the name of a task: the start of its prompt. */
export function taskNameOf(prompt: string | undefined): string {
  const start = [...(prompt ?? "").trim()].slice(0, TASK_NAME_CHARACTERS).join("").trim();
  return start === "" ? "AI SDK" : start;
}
