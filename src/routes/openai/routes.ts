/** The OpenAI-compatible surface under `/v1`: a thin layer over the tenant's tasks (docs/surfaces.md). */
import type { AppContext, AppRoutes } from "../../context.ts";
import { aliasOf } from "../../domain/model-alias.ts";
import { GatewayError } from "../../errors.ts";
import { modelError } from "../../schemas/openai.ts";
import { NoParameters } from "../../schemas/task-list.ts";
import { requireParameters, tenantOf, unwrap } from "../support/responses.ts";
import { createImages } from "./images.ts";
import { createVideo, deleteVideo, listVideos, retrieveVideo, videoContent } from "./videos.ts";

/** Time of the models in `created`: 2026-01-01, because the upstream does not publish one. */
const MODELS_CREATED = 1_767_225_600;

/** Adds the routes of images, videos and models. */
export function addOpenAiRoutes(routes: AppRoutes): void {
  routes.post("/images/generations", (c) => createImages(c, "image"));
  routes.post("/images/edits", (c) => createImages(c, "edit"));
  routes.post("/videos", createVideo);
  routes.get("/videos", listVideos);
  routes.get("/videos/:id", retrieveVideo);
  routes.get("/videos/:id/content", videoContent);
  routes.delete("/videos/:id", deleteVideo);
  routes.get("/models", listModels);
  routes.get("/models/:model", model);
}

async function listModels(c: AppContext): Promise<Response> {
  await requireParameters(c, NoParameters(), "models");
  return c.json({ object: "list", data: await models(c) });
}

async function model(c: AppContext): Promise<Response> {
  const wanted = c.req.param("model") ?? "";
  const all = await models(c);
  const found = all.find(({ id, name }) => id === wanted || name === wanted);
  if (!found) throw new GatewayError(modelError(wanted, all.map(({ id }) => id).join(", ")));
  return c.json(found);
}

/** @returns the models that the caller may use */
async function models(c: AppContext) {
  const json = await unwrap(c, tenantOf(c).models(c.get("caller")));
  const { models } = JSON.parse(json) as { readonly models: readonly { readonly name: string }[] };
  return models.map(({ name }) => ({
    id: aliasOf(name),
    object: "model",
    created: MODELS_CREATED,
    owned_by: "paddock",
    name,
  }));
}
