/** Bodies of the calls that make uploads; one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { once } from "../lib/once.ts";
import { plainText, wholeNumber } from "./fields.ts";

const NOT_AN_OBJECT = "must be a JSON object";

/** The body that imports a file by URL. */
export const ImportFile = once(() =>
  z
    .strictObject(
      {
        url: z
          .string("is required and must be a string")
          .check(z.meta({ description: "https URL of the file.", example: "https://example.com/cat.jpg" })),
      },
      NOT_AN_OBJECT,
    )
    .check(z.meta({ id: "ImportFile" })),
);

/** With the parameters that recorders add (`audio/webm;codecs=opus`), and what clients send for a file they do not know. */
const MEDIA_TYPE = /^(?:(?:image|video|audio)\/[\w!#$&^.+-]+|application\/(?:octet-stream|ogg|mp4))\s*(?:;.*)?$/i;

/** The body that begins an upload in parts. */
export const BeginUpload = once(() =>
  z
    .strictObject(
      {
        bytes: wholeNumber(1, Number.MAX_SAFE_INTEGER).check(
          z.meta({ description: "Size of the file in bytes.", example: 157286400 }),
        ),
        contentType: plainText(200, "is required and must be a string").check(
          z.refine(
            (type) => MEDIA_TYPE.test(type),
            "must be a media type such as video/mp4, or application/octet-stream",
          ),
          z.meta({ description: "Media type; the content decides.", example: "video/mp4" }),
        ),
      },
      NOT_AN_OBJECT,
    )
    .check(z.meta({ id: "BeginUpload" })),
);
