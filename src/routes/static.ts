/** `/static/{name}`: scripts and styles of the pages; and the response with a generated text. */
import type { AppContext, AppRoutes } from "../context.ts";
import { BUNDLES, type BundleName } from "../generated/bundles.ts";
import { evaluate } from "../lib/conditional.ts";

/** A text that a script of the repository generated. The text is read from its module at the first request. */
export interface GeneratedText {
  readonly contentType: string;
  /** Hash of the text. */
  readonly version: string;
  /** The text; bytes are its gzip. */
  readonly load: () => Promise<{ readonly default: string | ArrayBuffer }>;
}

/** @returns the text, which a large one's module has compressed: every start of the Worker reads all modules */
export async function readText({ load }: GeneratedText): Promise<string> {
  const { default: text } = await load();
  if (typeof text === "string") return text;
  return new Response(new Blob([text]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

/** Adds the routes of the pages' generated scripts and styles. */
export function addStaticRoutes(routes: AppRoutes): void {
  routes.get("/static/:name", (c) => {
    const name = c.req.param("name");
    if (!Object.hasOwn(BUNDLES, name)) return c.notFound();
    const contentType = `text/${name.endsWith(".css") ? "css" : "javascript"}; charset=utf-8`;
    return sendText(
      c,
      { contentType, ...BUNDLES[name as BundleName] },
      {
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "same-origin",
      },
    );
  });
}

/** What `sendText` sends. */
type Sendable = Omit<GeneratedText, "load"> & {
  readonly load: () => Promise<{ readonly default: string | Uint8Array<ArrayBuffer> }>;
};

/** Sends a generated text, or the bytes of a file, with its `ETag`, or 304 if the caller has it already. */
export async function sendText(
  c: AppContext,
  { contentType, version, load }: Sendable,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const etag = `"${version}"`;
  const all = { "content-type": contentType, "x-content-type-options": "nosniff", etag, ...headers };
  const { kind } = evaluate(c.req.raw.headers, { etag, lastModified: null });
  return kind === "not-modified" ? c.body(null, 304, all) : c.body((await load()).default, 200, all);
}
