/** The published `openai` package, and plain requests, against the gateway under test. */
import { exports } from "cloudflare:workers";
import OpenAI from "openai";
import { BASE, type TestTenant } from "./gateway.ts";

/** The body of an error. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly param: string | null;
}

/** A client of the package with a tenant's key, and the requests that it has made so far, as "POST /v1/videos". */
export function openAiClient(
  { key }: Pick<TestTenant, "key">,
  headers: Record<string, string> = {},
): { client: OpenAI; requests: string[] } {
  const requests: string[] = [];
  const client = new OpenAI({
    apiKey: key,
    baseURL: `${BASE}/v1`,
    defaultHeaders: headers,
    dangerouslyAllowBrowser: true,
    fetch: (input, init) => {
      const request = new Request(input as string, init as RequestInit);
      // The package also looks at what its fetch makes of a form, at "data:,".
      if (request.url.startsWith(BASE)) requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return exports.default.fetch(request);
    },
  });
  // Without it the package sends no idempotency key.
  (client as unknown as { idempotencyHeader: string }).idempotencyHeader = "Idempotency-Key";
  return { client, requests };
}

/** One request by hand; a body that is no form is sent as JSON. */
export async function sendOpenAi(
  { auth }: Pick<TestTenant, "auth">,
  path: string,
  body: object | FormData,
): Promise<{ status: number; headers: Headers; error: OpenAiError }> {
  const isForm = body instanceof FormData;
  const request = new Request(BASE + path, {
    method: "POST",
    headers: { ...auth, ...(!isForm && { "content-type": "application/json" }) },
    body: isForm ? body : JSON.stringify(body),
  });
  const response = await exports.default.fetch(request);
  const { error } = (await response.json()) as { error: OpenAiError };
  return { status: response.status, headers: response.headers, error };
}
