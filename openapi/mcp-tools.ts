/** The tools of `/mcp` with their input schemas, made from the schemas of the tenant API. `npm run openapi` writes them to src/generated. */

/** JSON Schema of one field. */
type Schema = Readonly<Record<string, unknown>>;
/** What is used of the API document. */
interface Document {
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, Schema>> }>>;
  };
}

const IDEMPOTENCY_KEY: Schema = {
  type: "string",
  minLength: 1,
  maxLength: 255,
  description: "A repetition with the same key and arguments within 24 hours returns the first task and costs nothing.",
};
const TASK_ID: Schema = { type: "integer", description: "The task's identifier." };
const LIST_LIMIT: Schema = { type: "integer", minimum: 1, maximum: 100, description: "Maximum number of tasks." };

const READS = { readOnlyHint: true, openWorldHint: true } as const;
const SPENDS = { readOnlyHint: false, destructiveHint: false, openWorldHint: true } as const;

/** @returns the tools, as `tools/list` returns them; `document` is the API document */
export function mcpTools(document: object): object[] {
  const { schemas } = (document as Document).components;
  const fieldsOf = (name: string): Record<string, Schema> => {
    const { model: _model, type: _type, webhookUrl: _webhookUrl, ...fields } = schemas[name]?.properties ?? {};
    return fields;
  };
  const image = fieldsOf("ImageRequest");
  const video = { ...fieldsOf("VideoRequest"), aspectRatio: image.aspectRatio as Schema };
  const input = (properties: Record<string, Schema>, required: string[]) => ({
    type: "object",
    properties,
    required,
    additionalProperties: false,
  });
  const model = { type: "string", enum: ["nano-banana-2", "seedance-2.0"], description: "Image or video model." };
  return [
    {
      name: "generate_image",
      title: "Generate images",
      description:
        "Generates 1 to 4 images from a prompt and optional reference images. Waits for the result for up to 50 seconds; after " +
        "that the task goes on: use get_task. The URLs in the result are final from the start.",
      inputSchema: input({ ...image, idempotencyKey: IDEMPOTENCY_KEY }, ["prompt"]),
      annotations: SPENDS,
    },
    {
      name: "generate_video",
      title: "Generate a video",
      description:
        "Starts a video of 4 to 15 seconds from a prompt and optional reference images, videos and audio. Returns at once with the " +
        "final URL; use get_task until the task has ended, which takes minutes.",
      inputSchema: input({ ...video, idempotencyKey: IDEMPOTENCY_KEY }, ["prompt"]),
      annotations: SPENDS,
    },
    {
      name: "get_task",
      title: "Get a task",
      description: "Status, progress, URLs and price of a task.",
      inputSchema: input({ taskId: TASK_ID }, ["taskId"]),
      annotations: READS,
    },
    {
      name: "list_tasks",
      title: "List tasks",
      description: "Tasks, newest first. `nextCursor` is null at the end.",
      inputSchema: input(
        {
          status: { type: "string", enum: ["queued", "running", "in_review", "completed", "failed", "cancelled"] },
          q: { type: "string", maxLength: 200, description: "Part of the prompt or of the task name." },
          limit: LIST_LIMIT,
          cursor: { type: "string", description: "`nextCursor` of the previous page." },
        },
        [],
      ),
      annotations: READS,
    },
    {
      name: "estimate",
      title: "Estimate the price",
      description: "Price in credits of a generation with these arguments, without making it.",
      inputSchema: input({ model, ...video, ...image }, ["model", "prompt"]),
      annotations: READS,
    },
    {
      name: "upload_from_url",
      title: "Upload a reference from a URL",
      description:
        "Fetches an image, video or audio file and returns a `fileId` that generate_image and generate_video accept as a reference.",
      inputSchema: input({ url: { type: "string", description: "Public http(s) address of the file." } }, ["url"]),
      annotations: { ...SPENDS, idempotentHint: false },
    },
  ];
}
