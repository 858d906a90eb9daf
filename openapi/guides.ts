/** Guides of the API document, in Markdown: what a caller builds first, and what to watch there. */

/** @returns the guides, each with a heading of its own */
export function guides(): string {
  return `## Guide: idempotency

With an \`X-Idempotency-Key\` a submission can be retried without a second charge: the same key and body within 24 hours
return the same response, with \`Idempotent-Replayed: true\`. A rejected request does not use up its key. Choose a key
that your program finds again after a restart, such as an order number:

\`\`\`sh
curl https://gateway.example/api/v1/task/generate \\
  -H "Authorization: Bearer $PADDOCK_KEY" \\
  -H "X-Idempotency-Key: order-4711" \\
  -d '{"model": "Imagen Nano Banana 2", "taskName": "Order 4711", "type": "txt", "prompt": "a grey kitten"}'
\`\`\`

- After a lost connection or a time-out, send the same request with the same key again.
- 409 with 70003: the first request is still running. Wait, then repeat it.
- 422 with 70003: the key was used with another body. Use a new key.
- The keys of a client token belong to its end user and never meet those of your backend.

## Guide: webhooks

Instead of polling, let the gateway call you. Set an endpoint once, and keep the \`secret\`, which is shown only then:

\`\`\`sh
curl -X PUT https://gateway.example/api/v1/webhook \\
  -H "Authorization: Bearer $PADDOCK_KEY" \\
  -d '{"url": "https://example.com/hooks/paddock"}'
\`\`\`

Events are signed according to [Standard Webhooks](https://www.standardwebhooks.com), whose libraries verify them:

\`\`\`ts
const event = await verifyWebhook(await request.text(), request.headers, process.env.WEBHOOK_SECRET); // paddock-client
if (event.type === "task.completed") await store(event.data.taskId, event.data.results);
return new Response(null, { status: 204 });
\`\`\`

- Verify the body as it came, before it is parsed.
- Respond with 2xx within 15 seconds, and do the work afterwards. Other responses are repeated for about 32 hours.
- An event can arrive more than once: compare \`webhook-id\`.
- 410 turns the endpoint off. A redirect is a failure.
- \`webhookUrl\` in a submission replaces the endpoint for that task. Only secret keys may send it.
- \`GET /api/v1/deliveries?state=failed\` lists what did not arrive; \`POST /api/v1/tasks/{taskId}/deliveries/redeliver\` sends it again.

## Guide: browsers

A secret key stays on your server, which creates a client token for each of its users:

\`\`\`sh
curl https://gateway.example/api/v1/client-tokens \\
  -H "Authorization: Bearer $PADDOCK_KEY" \\
  -d '{"endUser": "user-81", "expiresInSeconds": 600, "maxTasks": 5, "allowedOrigins": ["https://app.example"]}'
\`\`\`

The page uses the token like a key. It sees and makes only the tasks of its own end user:

\`\`\`ts
const paddock = new Paddock({ baseUrl: "https://gateway.example", credential: token }); // paddock-client
const { taskId, resultUrls } = await paddock.generate({ model, taskName: "Cat", type: "txt", prompt });
await paddock.wait(taskId, { onProgress: ({ progress }) => show(progress) });
image.src = resultUrls[0];
\`\`\`

- A token works from its \`allowedOrigins\` only, and ends with the key that created it.
- \`GET /api/v1/client-token\` returns what is left of its allowance.
- \`PUT /api/v1/end-users/{endUser}\` limits an end user per day and month over all tokens, or blocks it.
- \`EventSource\` cannot send headers: \`/api/v1/tasks/{taskId}/events?token=…\` accepts a client token, and nothing else.

## Guide: files

\`resultUrls\` are final when a task is submitted: store and show them at once. A URL responds 202 until its file is ready, and the file
from then on; 410 means that the task failed or the file was deleted. \`?download=NAME\` makes a browser save the file, and \`?w=512\`
returns a smaller image.

References (\`refImageUrls\`, \`refVideoUrls\`, \`refAudioUrls\`) are public URLs, \`data:\` URIs, or the \`fileId\` of an upload:

\`\`\`sh
curl https://gateway.example/api/v1/files -H "Authorization: Bearer $PADDOCK_KEY" -F file=@cat.jpg
\`\`\`

- \`POST /api/v1/files/import\` fetches a file by URL. The gateway never fetches references themselves.
- \`POST /api/v1/files/uploads\` is for files of more than 100 MB: PUT each part to its URL, then POST to \`completeUrl\`.
- The type is determined from the content; a name or \`Content-Type\` changes nothing.

## Guide: other clients

Programs for OpenAI's images and videos work after a change of base URL and key. Set the header of idempotency keys, because the
package repeats requests:

\`\`\`ts
const openai = new OpenAI({ baseURL: "https://gateway.example/v1", apiKey: process.env.PADDOCK_KEY });
openai.idempotencyHeader = "Idempotency-Key";
const { data } = await openai.images.generate({ model: "nano-banana-2", prompt: "a cat", response_format: "url" });
\`\`\`

The AI SDK has a provider, \`paddock-ai-sdk-provider\`:

\`\`\`ts
const paddock = createPaddock({ baseURL: "https://gateway.example", apiKey: process.env.PADDOCK_KEY });
const { image } = await generateImage({ model: paddock.image("nano-banana-2"), prompt: "a cat" });
\`\`\`

MCP clients connect to \`https://gateway.example/mcp\` with \`Authorization: Bearer …\`. Clients for other languages can be generated from
[the API document](/openapi-tenant.json).`;
}
