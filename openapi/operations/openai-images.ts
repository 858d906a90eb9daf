/** Operations on images of the OpenAI-compatible surface (contract section 8). */
import * as z from "zod";
import type { Operation, RawResponse } from "../operation.ts";
import { BASE, common, errors, file, forms, IDEMPOTENCY, json, PROMPT, reference, SUBMISSION } from "./openai-parts.ts";

const Images = () =>
  z
    .object({
      created: z.int().describe("Time of the request, in seconds since epoch."),
      data: z
        .array(
          z.object({
            b64_json: z.string().optional().describe("The image as base64, unless `response_format` is `url`."),
            url: z.string().optional().describe("The stable URL, unless `response_format` is `b64_json`."),
          }),
        )
        .describe("The images; fewer than `n` if some of them failed."),
    })
    .meta({ id: "OpenAiImages" });

const imageFields = () => ({
  ...common(),
  model: z.string().optional().describe("`nano-banana-2`, which is the default."),
  n: z.int().min(1).max(4).optional().describe("Number of images."),
  size: z.string().optional().describe("`auto`, pixels such as `1792x1024`, `1K`, `2K`, `4K`, `16:9` or `9:16`."),
  quality: z
    .enum(["low", "medium", "high", "hd", "auto", "standard"])
    .optional()
    .describe("50, 80, 100, 100, not sent."),
  response_format: z.enum(["b64_json", "url"]).optional().describe("Both, if left out."),
});

/** Returns the operations under `/v1/images`. */
export function openAiImageOperations(): Operation[] {
  const shared = { ...BASE, method: "post", scope: "generate", audience: "any-credential" } as const;
  const imageResponse = (): RawResponse[] => [
    {
      description: "The images",
      content: json(Images(), { created: 1_795_392_000, data: [{ url: "https://gateway.example/files/…/0.png" }] }),
      headers: ["Idempotent-Replayed"],
    },
    ...errors(...SUBMISSION, 504),
  ];
  const image = z.object(imageFields()).meta({ id: "OpenAiImageRequest" });
  const edit = z
    .object({ ...imageFields(), images: z.array(reference()).max(5).describe("The images to start from.") })
    .meta({ id: "OpenAiEditRequest" });
  const editForm = z
    .object({ ...imageFields(), image: z.array(file()).max(5).describe("The images to start from.") })
    .meta({ id: "OpenAiEditForm" });
  return [
    {
      ...shared,
      id: "createOpenAiImage",
      path: "/v1/images/generations",
      summary: "Create images",
      description:
        "Responds when the images are finished. The gateway waits 2 s less than `X-Stainless-Timeout`, or up to 120 s. " +
        IDEMPOTENCY,
      headers: ["imageIdempotencyKey"],
      body: {
        content: json(image, { model: "nano-banana-2", prompt: PROMPT, size: "1792x1024", response_format: "url" }),
      },
      response: imageResponse(),
    },
    {
      ...shared,
      id: "createOpenAiImageEdit",
      path: "/v1/images/edits",
      summary: "Create images from images",
      description: `Like \`/v1/images/generations\`, with up to 5 references. Files of a form become uploads of the tenant, which needs the scope \`files\`. ${IDEMPOTENCY}`,
      headers: ["editIdempotencyKey"],
      body: {
        content: forms(edit, { prompt: PROMPT, images: [{ image_url: "https://example.com/cat.png" }] }, editForm, {
          prompt: PROMPT,
          image: ["cat.png"],
        }),
      },
      response: imageResponse(),
    },
  ];
}
