/** Operations on result files and on uploaded references (contract sections 4 and 5). */
import * as z from "zod";
import { BeginUpload, ImportFile } from "../../src/schemas/uploads.ts";
import type { Operation, RawResponse } from "../operation.ts";
import { BINARY } from "../parts.ts";
import type { Responses } from "../responses/all.ts";

const MEDIA = { "image/*": BINARY, "video/*": BINARY, "audio/*": BINARY } as const;

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

const UPLOADS = `https://gateway.example/api/v1/files/uploads/${UPLOADED.fileId}`;

/** The query of a signed URL. */
const signed = () => ({
  token: z.string().describe("Identifies the upload."),
  expires: z.int().describe("Time at which the URL ends, in seconds since epoch."),
  signature: z.string().describe("Signature of the gateway."),
});

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
      query: z.object({
        download: z.string().optional().describe("Name under which a browser saves the file."),
        w: z.int().min(64).max(2048).multipleOf(64).optional().describe("Width of a smaller image, in pixels."),
      }),
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
            example: { file: "cat.jpg" },
          },
          "application/octet-stream": BINARY,
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
      body: {
        schema: ImportFile(),
        examples: { image: { summary: "An image", value: { url: "https://example.com/cat.jpg" } } },
      },
      response: a.upload,
      responseExample: UPLOADED,
      errors: [30001, 70002, 70006, 70009],
    },
    {
      id: "beginUpload",
      method: "post",
      path: "/api/v1/files/uploads",
      tag: "Files",
      summary: "Begin an upload in parts",
      description:
        "For files that are too large for one request. PUT each part to its URL, in any order and again after a failure, " +
        "then POST to `completeUrl`. The URLs need no other credential and work in browsers. `DELETE /api/v1/files/{uploadId}` " +
        "ends an upload before it is complete.",
      audience: "key-or-token",
      scope: "files",
      body: {
        schema: BeginUpload(),
        examples: { film: { summary: "A film", value: { bytes: 157286400, contentType: "video/mp4" } } },
      },
      response: a.partsUpload,
      responseExample: {
        uploadId: UPLOADED.fileId,
        partBytes: 16777216,
        parts: [
          { partNumber: 1, url: `${UPLOADS}/parts/1?token=Dzqcu11&bytes=16777216&expires=1790000000&signature=4fK` },
        ],
        completeUrl: `${UPLOADS}/complete?token=Dzqcu11&expires=1790000000&signature=9aQ`,
        expiresAt: "2026-11-23T10:01:32.000Z",
      },
      errors: [30001, 70002, 70006, 70009],
    },
    {
      id: "uploadPart",
      method: "put",
      path: "/api/v1/files/uploads/{fileId}/parts/{partNumber}",
      tag: "Files",
      summary: "Send a part of an upload",
      description:
        "The URL is that of `beginUpload`, with its query. The body has exactly the size of the part, with `Content-Length`.",
      audience: "everyone",
      query: z.object({ bytes: z.int().describe("Size of the part."), ...signed() }),
      body: { content: { "application/octet-stream": BINARY } },
      response: a.storedPart,
      errors: [20002, 20008, 30001, 40002, 70001, 70002, 70004, 70006, 70008, 10001],
    },
    {
      id: "completeUpload",
      method: "post",
      path: "/api/v1/files/uploads/{fileId}/complete",
      tag: "Files",
      summary: "Complete an upload in parts",
      description: "The URL is `completeUrl` of `beginUpload`, with its query. A repetition returns the same file.",
      audience: "everyone",
      query: z.object(signed()),
      response: a.upload,
      responseExample: UPLOADED,
      errors: [20002, 20008, 30001, 40002, 70001, 70002, 70004, 70006, 10001],
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
