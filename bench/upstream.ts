/**
 * A SeedHorse that responds at once and never finishes a task, so that what is measured is the gateway: by nginx where it
 * is installed, else by Node. It speaks the two endpoints and keeps nothing.
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { freePort } from "../scripts/ports.ts";
import { HAS_NGINX, startNginx } from "./nginx.ts";
import { PINNING, ServerProcess } from "./server-process.ts";

/** Name of the server that stands in for the upstream, for the report. */
export const UPSTREAM_SERVER = HAS_NGINX ? "nginx" : "Node";

/** Returns the response to an accepted submission. */
export const acceptedReply = (taskId: string) =>
  `{"code":0,"msg":"success","ok":true,"data":{"taskId":${taskId},"taskNo":"0123456789abcdef0123456789abcdef","estimatedCredits":10}}`;

/** Returns the response about a running task. */
export const runningReply = (taskId: string) =>
  `{"code":0,"msg":"success","ok":true,"data":{"aspectRatio":"16:9","createTime":"2026-06-14T10:00:00",` +
  `"durationSeconds":5,"estimatedCredits":10,"failReason":"","genMethod":"img_txt","generateAudio":true,"imageCount":1,` +
  `"modelId":3,"negativePrompt":null,"progress":40,"prompt":"A grey kitten playing in the garden","quality":80,` +
  `"refAudioUrls":[],"refImageUrls":["https://example.com/cat.jpg"],"refVideoUrls":[],"resolution":"720p","results":[],` +
  `"seed":-1,"size":"","subTaskDone":0,"subTaskTotal":1,"taskId":${taskId},"taskName":"Image-Text Video Generation",` +
  `"taskNo":"0123456789abcdef0123456789abcdef","taskStatus":1,"taskType":1}}`;

/** A running stand-in for the upstream. */
export interface Upstream {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param folder for its configuration and log */
export async function startUpstream(folder: string): Promise<Upstream> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server: ServerProcess;
  if (HAS_NGINX) {
    // Ids are distinct: the connection's number and the request's within it.
    server = startNginx(
      folder,
      "upstream",
      `listen 127.0.0.1:${port};
      default_type application/json;
      location = /api/v1/task/generate { return 200 '${acceptedReply("9$connection$connection_requests")}'; }
      location ~ ^/api/v1/query/(?<id>\\d+)$ { return 200 '${runningReply("$id")}'; }
      location / { return 404; }`,
      PINNING.load,
    );
  } else {
    const args = ["--no-warnings", fileURLToPath(import.meta.url), String(port)];
    server = new ServerProcess({
      command: process.execPath,
      args,
      logFile: `${folder}/upstream.log`,
      cores: PINNING.load,
    });
  }
  await server.untilAnswering(`${url}/api/v1/query/1`);
  return { url, stop: () => server.stop() };
}

/** The stand-in for nginx. */
function serve(port: number): void {
  let last = 900_000;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const [, id] = /^\/api\/v1\/query\/(\d+)$/.exec(request.url ?? "") ?? [];
      const found = id !== undefined || request.url === "/api/v1/task/generate";
      last += 1;
      const body = id === undefined ? acceptedReply(String(last)) : runningReply(id);
      response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
      response.end(found ? body : "");
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, "127.0.0.1");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(Number(process.argv[2]));
