/** Parameters of `GET /v1/videos`: one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { parseTaskId } from "../domain/task-id.ts";
import { once } from "../lib/once.ts";
import { parsedText } from "./fields.ts";
import { queryDefault, queryNumber } from "./task-list.ts";

const ID_PREFIX = "video_";

/** @returns the task of a video's id, or null for a text that is no such id */
export function taskIdOfVideo(id: string): number | null {
  return id.startsWith(ID_PREFIX) ? parseTaskId(id.slice(ID_PREFIX.length)) : null;
}

/** Any other parameter is an error: a filter without effect would return what was not asked for. */
export const VideoListParameters = once(() =>
  z.strictObject({
    after: z
      .optional(parsedText(taskIdOfVideo, "must be the id of a video"))
      .check(z.describe("Id of the last video of the previous page.")),
    limit: queryDefault(queryNumber(1, 100), 20).check(z.describe("Maximum number of videos on the page.")),
    order: z
      ._default(z.enum(["asc", "desc"], "must be asc or desc"), "desc")
      .check(z.describe("`desc`: newest first.")),
  }),
);
