import { parseRange } from "./byte-range.ts";
import { strikeFile } from "./file-faults.ts";
import { counted, etagOf, sendBytes, sendOssError } from "./file-replies.ts";
import { type Exchange, header, pause } from "./http-exchange.ts";
import type { FileUse } from "./journal.ts";
import type { ResultFile } from "./result-files.ts";
import { checkSignedUrl, parseFilePath } from "./result-urls.ts";
import { timeIn } from "./world.ts";

/** `GET` and `HEAD /files/…`: result files behind signed, expiring URLs, with the responses of Alibaba Cloud OSS. */
export async function fileEndpoint(exchange: Exchange): Promise<void> {
  const { world, request, response, url } = exchange;
  const { taskNo = "", fileName = "" } = parseFilePath(url.pathname) ?? {};
  const task = world.tasks.byNo(taskNo);
  const making = task === undefined ? undefined : world.files.find(task, fileName);
  if (task === undefined || making === undefined) return sendOssError(exchange, 404, "NoSuchKey");
  const access = checkSignedUrl(url, timeIn(world));
  if (access !== "ok") return sendOssError(exchange, 403, access);
  const file = await making;
  const use = world.journal.file(taskNo, fileName);
  use.requests++;
  const subject = {
    account: task.account,
    taskId: task.taskId,
    model: task.request.model.name,
    prompt: task.request.prompt,
    idempotencyKey: task.idempotencyKey ?? undefined,
    method: request.method,
    index: file.index,
  };
  const fault = world.faults.choose("file", subject, task.plan.file ?? [], `file\n${taskNo}\n${fileName}`);
  if (fault !== undefined) {
    world.journal.fault("file", fault.kind);
    await pause(world, fault.delayMs ?? 0);
    if (response.destroyed || (await strikeFile(exchange, fault, file, use))) return;
  }
  await sendFile(exchange, file, use);
}

async function sendFile(exchange: Exchange, file: ResultFile, use: FileUse): Promise<void> {
  const { request, response } = exchange;
  const { source } = file;
  const { etag, md5 } = await etagOf(file);
  if (header(request, "if-none-match") === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  const unchanged = [null, etag].includes(header(request, "if-range"));
  const asked = unchanged ? parseRange(header(request, "range"), source.size) : "whole";
  // Without this header OSS returns the whole file for an unsatisfiable range.
  if (asked === "unsatisfiable" && header(request, "x-oss-range-behavior") === "standard") {
    response.setHeader("content-range", `bytes */${source.size}`);
    return sendOssError(exchange, 416, "InvalidRange");
  }
  const part = typeof asked === "string" ? undefined : asked;
  const { start, end } = part ?? { start: 0, end: source.size };
  response.writeHead(part === undefined ? 200 : 206, {
    "content-type": file.contentType,
    "content-length": end - start,
    "accept-ranges": "bytes",
    etag,
    ...(part === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${source.size}` }),
    ...(md5 === undefined || part !== undefined ? {} : { "content-md5": md5 }),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const sent = await sendBytes(exchange, counted(source.chunks(start, end), use));
  if (sent && end - start === source.size) use.complete++;
}
