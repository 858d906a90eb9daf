/** Results under their stable URLs, and references that tenants upload (contract sections 4 and 5). */

import type { Operation, RawResponse } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const binary = { schema: { type: "string", format: "binary" } } as const;
const MEDIA = { "image/*": binary, "video/*": binary, "audio/*": binary } as const;

const SERVED: readonly RawResponse[] = [
  {
    description: "The file; `Content-Type` is the truth about it",
    content: MEDIA,
    headers: ["ETag", "Cache-Control"],
  },
  { status: 202, description: "Not ready yet", headers: ["Retry-After", "Cache-Control"] },
  {
    status: 206,
    description: "The range asked for",
    content: MEDIA,
    headers: ["Content-Range", "ETag", "Cache-Control"],
  },
  { status: 304, description: "Not modified", headers: ["ETag", "Cache-Control"] },
  { status: 400, description: "`w` is not an allowed width" },
  { status: 403, description: "The tenant's URLs are signed, and this signature is missing, wrong or expired" },
  { status: 404, description: "No such file" },
  { status: 410, description: "The task failed, or the file was deleted" },
  { status: 416, description: "There are no such bytes", headers: ["Content-Range"] },
];

/** Returns the operations on uploads and results. */
export function fileOperations(a: Responses): Operation[] {
  return [
    {
      id: "getResultFile",
      method: "get",
      path: "/files/{token}/{name}",
      tag: "Files",
      summary: "A result",
      description:
        "The address is fixed when the task is submitted and never changes. It needs no credential; for tenants with " +
        "signed URLs it carries an expiry and a signature. Once finished it is streamed through until it is copied. " +
        "`?download=NAME` makes a browser save it. `?w=N`, a multiple of 64 from 64 to 2048, makes an image smaller: WebP or " +
        "JPEG, by `Accept`. HEAD works as well.",
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
        "a field `file`. What it is, is judged by its content. The `url` of the answer can go straight into " +
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
      responseExample: {
        fileId: "file_5f0c9a4be1d27783",
        url: "https://gateway.example/uploads/Dzqcu11-JGis4A_k1x0vQbWm2o9T4yZr7cE",
        contentType: "image/jpeg",
        bytes: 482113,
        expiresAt: "2026-11-29T11:01:32.000Z",
      },
      errors: [30001, 70006, 70009],
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
