/** Responses about uploaded references (contract section 4). */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function filesResponses({ moment, count }: ResponseParts) {
  const fileId = z.string().describe("Unique identifier of the file.");
  const upload = z
    .object({
      fileId,
      url: z.url().describe("Stable URL of the file, for `refImageUrls`, `refVideoUrls` or `refAudioUrls`."),
      contentType: z.string().describe("Media type, determined from the content."),
      bytes: count.describe("Size in bytes."),
      expiresAt: moment.describe("Time at which the file is deleted."),
    })
    .meta({ id: "UploadedFile" });
  const partsUpload = z
    .object({
      uploadId: fileId,
      partBytes: count.describe("Size of every part but the last, in bytes."),
      parts: z
        .array(
          z.object({
            partNumber: count.describe("Number of the part, from 1."),
            url: z.url().describe("URL for its bytes."),
          }),
        )
        .describe("URLs to which the parts are sent, in any order."),
      completeUrl: z.url().describe("URL that ends the upload."),
      expiresAt: moment.describe("Time at which the URLs stop working and an incomplete upload is deleted."),
    })
    .meta({ id: "PartsUpload" });
  const storedPart = z
    .object({ partNumber: count.describe("Number of the part."), bytes: count.describe("Size in bytes.") })
    .meta({ id: "StoredPart" });
  const deletedUpload = z.object({ fileId }).meta({ id: "DeletedFile" });

  return { upload, partsUpload, storedPart, deletedUpload };
}
