/** Operations on result files and on uploaded references (contract sections 4 and 5). */

import { ImportFile } from "../../src/schemas/uploads.ts";
import type { Operation, RawResponse } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const binary = { schema: { type: "string", format: "binary" } } as const;
const MEDIA = { "image/*": binary, "video/*": binary, "audio/*": binary } as const;

const SERVED: readonly RawResponse[] = [
  {
    description: "The file; `Content-Type` is determined from its content",
    content: MEDIA,
    headers: ["ETag", "Cache-Control"],
  },
  { status: 202, description: "Not ready yet", headers: ["Retry-After", "Cache-Control"] },
  {
    status: 206,
    description: "The requested range",
    content: MEDIA,
    headers: ["Content-Range", "ETag", "Cache-Control"],
  },
  { status: 304, description: "Not modified", headers: ["ETag", "Cache-Control"] },
  { status: 400, description: "`w` is not an allowed width" },
  { status: 403, description: "The tenant's URLs are signed, and the signature is missing, wrong or expired" },
  { status: 404, description: "The file does not exist" },
  { status: 410, description: "The task failed, or the file was deleted" },
  { status: 416, description: "The range is outside the file", headers: ["Content-Range"] },
];

const UPLOADED = {
  fileId: "file_5f0c9a4be1d27783",
  url: "https://gateway.example/uploads/Dzqcu11-JGis4A_k1x0vQbWm2o9T4yZr7cE",
  contentType: "image/jpeg",
  bytes: 482113,
  expiresAt: "2026-11-29T11:01:32.000Z",
};

/** Returns the operations on uploads and results. */
export function fileOperations(a: Responses): Operation[] {
  return [
    {
      id: "getResultFile",
      method: "get",
      path: "/files/{token}/{name}",
      tag: "Files",
      summary: "Get a result file",
      description:
        "The URL is fixed when the task is submitted and never changes. It needs no credential; for tenants with signed URLs it " +
        "contains an expiry and a signature. Until a finished file is copied, it is streamed from the upstream. " +
        "`?download=NAME` makes a browser save the file. `?w=N`, a multiple of 64 from 64 to 2048, returns a smaller image: " +
        "WebP or JPEG, by `Accept`. HEAD works as well.",
      audience: "everyone",
      headers: ["range", "ifNoneMatch"],
      response: SERVED,
    },
    {
      id: "uploadFile",
      method: "post",
      path: "/api/v1/files",
      tag: "Files",
      summary: "Upload a reference",
      description:
        "An image of up to 30 MiB, audio of up to 50 MiB or video of up to 200 MiB: the bytes as the body, or a form with " +
        "a field `file`. The media type is determined from the content. Use the `url` of the response in " +
        "`refImageUrls`, `refVideoUrls` or `refAudioUrls`.",
      audience: "key-or-token",
      scope: "files",
      body: {
        content: {
          "multipart/form-data": {
            schema: {
              type: "object",
              required: ["file"],
              properties: { file: { type: "string", format: "binary", description: "The file." } },
            },
          },
          "application/octet-stream": binary,
          ...MEDIA,
        },
      },
      response: a.upload,
      responseExample: UPLOADED,
      errors: [30001, 70006, 70009],
    },
    {
      id: "importFile",
      method: "post",
      path: "/api/v1/files/import",
      tag: "Files",
      summary: "Import a reference by URL",
      description:
        "The gateway fetches the file from a public https address and follows up to three redirects, to public addresses " +
        "only. Types and sizes are those of an upload.",
      audience: "key-or-token",
      scope: "files",
      body: { schema: ImportFile() },
      response: a.upload,
      responseExample: UPLOADED,
      errors: [30001, 70002, 70006, 70009],
    },
    {
      id: "deleteFile",
      method: "delete",
      path: "/api/v1/files/{fileId}",
      tag: "Files",
      summary: "Delete an uploaded reference",
      audience: "key-or-token",
      scope: "files",
      response: a.deletedUpload,
      errors: [40002],
    },
  ];
}
