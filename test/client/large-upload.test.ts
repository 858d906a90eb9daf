import { describe, expect, it } from "vitest";
import { Paddock } from "../../packages/client/src/index.ts";
import { apiError, lost, type Received, type Script, silent, startScripted, success } from "./scripted-server.ts";

const FILE = new Blob(["0123456789"], { type: "video/mp4" });
const UPLOADED = { fileId: "file_1", url: "https://gateway.example/uploads/x", contentType: "video/mp4", bytes: 10 };

/** A server whose upload has three parts, of 4, 4 and 2 bytes. */
async function uploadOf(...scripts: Script[]) {
  let url = "";
  const begin: Script = (response, request) =>
    success({
      uploadId: "file_1",
      partBytes: 4,
      parts: [1, 2, 3].map((partNumber) => ({ partNumber, url: `${url}/parts/${partNumber}?signature=x` })),
      completeUrl: `${url}/complete?signature=y`,
      expiresAt: "2026-11-23T10:01:32.000Z",
    })(response, request);
  const server = await startScripted(begin, ...scripts);
  url = server.url;
  return { ...server, client: new Paddock({ baseUrl: url, credential: "pdk_x" }) };
}

const part = success({ partNumber: 1, bytes: 4 });
const summary = ({ method, path, body }: Received) => [method, path, body];

describe("uploadLarge", () => {
  it("sends each part to its signed URL without the credential, and completes the upload", async () => {
    const { client, received } = await uploadOf(part, part, part, success(UPLOADED));
    const progress: number[] = [];
    const file = await client.files.uploadLarge(FILE, {
      concurrency: 1,
      onProgress: ({ uploadedBytes, bytes }) => progress.push(uploadedBytes, bytes),
    });
    expect(file).toEqual(UPLOADED);
    expect(received.map(summary)).toEqual([
      ["POST", "/api/v1/files/uploads", '{"bytes":10,"contentType":"video/mp4"}'],
      ["PUT", "/parts/1?signature=x", "0123"],
      ["PUT", "/parts/2?signature=x", "4567"],
      ["PUT", "/parts/3?signature=x", "89"],
      ["POST", "/complete?signature=y", ""],
    ]);
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer pdk_x",
      ...Array.from({ length: 4 }, () => undefined),
    ]);
    expect(progress).toEqual([4, 10, 8, 10, 10, 10]);
  });

  it("sends a part again after a lost connection and after 503, and repeats a lost completion", async () => {
    const { client, received } = await uploadOf(
      ...[lost, part, apiError(503, 10_001), part, part],
      ...[lost, success(UPLOADED)],
    );
    expect(await client.files.uploadLarge(FILE, { concurrency: 1 })).toEqual(UPLOADED);
    expect(received.map(({ path }) => path.split("?")[0]).slice(1)).toEqual([
      ...["/parts/1", "/parts/1", "/parts/2", "/parts/2", "/parts/3"],
      ...["/complete", "/complete"],
    ]);
  });

  it("deletes the upload when a part is refused", async () => {
    const { client, received } = await uploadOf(part, apiError(403, 20_002), success({ fileId: "file_1" }));
    await expect(client.files.uploadLarge(FILE, { concurrency: 1 })).rejects.toMatchObject({ code: 20_002 });
    expect(received.map(summary).at(-1)).toEqual(["DELETE", "/api/v1/files/file_1", ""]);
    expect(received).toHaveLength(4);
  });

  it("stops when its signal aborts, and deletes the upload", async () => {
    const { client, received } = await uploadOf(silent, silent, success({ fileId: "file_1" }));
    const stop = new AbortController();
    const reason = new Error("the page was closed");
    const uploading = client.files.uploadLarge(FILE, { concurrency: 2, signal: stop.signal });
    await expect.poll(() => received.length).toBe(3);
    stop.abort(reason);
    await expect(uploading).rejects.toBe(reason);
    expect(received.at(-1)?.method).toBe("DELETE");
  });

  it("is what `upload` does with a file that is too large for one request", async () => {
    const { client, received } = await uploadOf(part, part, part, success(UPLOADED));
    const file = new Uint8Array(90 * 1024 * 1024 + 1);
    expect(await client.upload(file)).toEqual(UPLOADED);
    expect(received[0]).toMatchObject({
      path: "/api/v1/files/uploads",
      body: `{"bytes":${file.length},"contentType":"video/mp4"}`,
    });
    expect(received).toHaveLength(5);
  });

  it("needs a media type", async () => {
    const { client, received } = await uploadOf(part);
    await expect(client.files.uploadLarge(new Uint8Array(10))).rejects.toThrow("contentType");
    expect(received).toEqual([]);
  });
});
