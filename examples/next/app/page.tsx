"use client";

/** A page that generates images from the browser with the AI SDK, with a client token of its user. */
import { APICallError, generateImage } from "ai";
import { createPaddock, type PaddockProvider } from "paddock-ai-sdk-provider";
import { type FormEvent, useRef, useState } from "react";

interface Token {
  readonly token: string;
  readonly baseUrl: string;
}

/** Fetches a token from the app's own route handler. */
async function connect(): Promise<PaddockProvider> {
  const response = await fetch("/api/paddock-token", { method: "POST" });
  const body = (await response.json()) as Token & { readonly error?: string };
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return createPaddock({ baseURL: body.baseUrl, apiKey: body.token });
}

/** The page. */
export default function Page() {
  const [image, setImage] = useState<string | null>(null);
  const [status, setStatus] = useState("");
  const running = useRef<AbortController | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const prompt = String(new FormData(event.currentTarget).get("prompt"));
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setStatus("Generating…");
    try {
      const paddock = await connect();
      const { providerMetadata } = await generateImage({
        model: paddock.image("nano-banana-2"),
        prompt,
        aspectRatio: "16:9",
        abortSignal: stop.signal,
      });
      const [made] = (providerMetadata.paddock?.images ?? []) as { url: string; credits: number }[];
      setImage(made?.url ?? null);
      setStatus(`Done, for ${made?.credits} credits.`);
    } catch (error) {
      if (stop.signal.aborted) return;
      // An error of the gateway has a message for people: what is wrong, or what is used up.
      setStatus(APICallError.isInstance(error) || error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <main>
      <form onSubmit={submit}>
        <label>
          Prompt <input name="prompt" required maxLength={2000} />
        </label>
        <button type="submit">Generate</button>
      </form>
      <p role="status">{status}</p>
      {image === null ? null : <img src={image} alt="The generated one" />}
    </main>
  );
}
