/** `app/api/images/route.ts` of a Next.js app, or any handler from Request to Response: an image with the AI SDK. */
import { APICallError, generateImage } from "ai";
import { createPaddock } from "paddock-ai-sdk-provider";

const MAX_PROMPT_CHARACTERS = 2_000;

/** Generates an image. The stable URL is enough for the page: it needs no bytes and keeps working. */
export async function POST(request: Request): Promise<Response> {
  const body = (await request.json().catch(() => null)) as { prompt?: unknown } | null;
  const prompt = body?.prompt;
  if (typeof prompt !== "string" || prompt === "" || prompt.length > MAX_PROMPT_CHARACTERS) {
    return Response.json(
      { error: `prompt must be a text of up to ${MAX_PROMPT_CHARACTERS} characters` },
      { status: 400 },
    );
  }
  const paddock = createPaddock({
    baseURL: process.env.PADDOCK_URL ?? "http://127.0.0.1:8787",
    apiKey: process.env.PADDOCK_KEY ?? "",
  });
  try {
    const { providerMetadata, warnings } = await generateImage({
      model: paddock.image("nano-banana-2"),
      prompt,
      aspectRatio: "16:9",
      abortSignal: request.signal,
    });
    const [image] = (providerMetadata.paddock?.images ?? []) as { url: string; taskId: number; credits: number }[];
    return Response.json({ ...image, warnings });
  } catch (error) {
    if (!APICallError.isInstance(error)) throw error;
    // 401 and 403 are about this server's key: nothing that its user could mend.
    const status = error.statusCode === undefined || [401, 403].includes(error.statusCode) ? 502 : error.statusCode;
    return Response.json({ error: error.message }, { status });
  }
}
