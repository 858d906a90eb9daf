/** Operations of the OpenAI-compatible surface (contract section 8): models, and those of the other files in their order. */
import * as z from "zod";
import type { Operation } from "../operation.ts";
import { openAiImageOperations } from "./openai-images.ts";
import { BASE, errors, json } from "./openai-parts.ts";
import { openAiVideoOperations } from "./openai-videos.ts";

const Model = () =>
  z
    .object({
      id: z.string().describe("Alias of the model."),
      object: z.literal("model").describe("Always `model`."),
      created: z.int().describe("Always the same time, in seconds since epoch."),
      owned_by: z.string().describe("Always `paddock`."),
      name: z.string().describe("The model's name in the tenant API; requests accept both."),
    })
    .meta({ id: "OpenAiModel" });

const MODEL_EXAMPLE = {
  ...{
    id: "nano-banana-2",
    object: "model",
    created: 1_767_225_600,
    owned_by: "paddock",
    name: "Imagen Nano Banana 2",
  },
};

/** Returns the operations under `/v1`. */
export function openAiOperations(): Operation[] {
  return [
    ...openAiImageOperations(),
    ...openAiVideoOperations(),
    {
      ...BASE,
      ...{ id: "listOpenAiModels", method: "get", path: "/v1/models", scope: "read", audience: "key-or-token" },
      summary: "List models",
      response: [
        {
          description: "The models that the credential may use",
          content: json(
            z
              .object({
                object: z.literal("list").describe("Always `list`."),
                data: z.array(Model()).describe("The models."),
              })
              .meta({ id: "OpenAiModelList" }),
            { object: "list", data: [MODEL_EXAMPLE] },
          ),
        },
        ...errors(),
      ],
    },
    {
      ...BASE,
      ...{ id: "getOpenAiModel", method: "get", path: "/v1/models/{model}", scope: "read", audience: "key-or-token" },
      summary: "Get a model",
      response: [{ description: "The model", content: json(Model(), MODEL_EXAMPLE) }, ...errors(404)],
    },
  ];
}
