/** Operations on tasks: the upstream's two, and those that the gateway adds (contract sections 3 and 4). */
import { GenerateRequest } from "../../src/schemas/generate.ts";
import { TaskListParameters } from "../../src/schemas/task-list.ts";
import { GENERATE_EXAMPLES, SUBMISSION_EXAMPLE, TASK_EXAMPLE } from "../examples.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const BODY_ERRORS = [
  30001, 40003, 50001, 50002, 50003, 50006, 50007, 50008, 50009, 50010, 50011, 50014, 50015, 70006, 70009,
];
const TASK_ERRORS = [20003, 40002];

/** Returns the operations on tasks. */
export function taskOperations(a: Responses): Operation[] {
  return [
    {
      id: "generate",
      method: "post",
      path: "/api/v1/task/generate",
      tag: "Tasks",
      summary: "Submit a task",
      description:
        "Accepts every documented request and checks it before anything is spent. `resultUrls` are the stable URLs " +
        "of the results: you can store or show them at once; they return 202 until the file is available.\n\n" +
        "If the upstream is busy, slow or unreachable, the status is still 200: the gateway keeps the task and submits it in the " +
        "background. Fields that are not described here are passed to the upstream unchanged. `metadata` and `webhookUrl` are " +
        "fields of the gateway and are not passed on.\n\n" +
        "References are https URLs, `fileId`s of your uploads, or `data:` URIs with base64, which become uploads. With " +
        "`data:` URIs the body may have 4 MiB.",
      audience: "any-credential",
      scope: "generate",
      headers: ["idempotencyKey", "prefer"],
      body: { schema: GenerateRequest(), examples: GENERATE_EXAMPLES },
      response: a.submission,
      responseExample: SUBMISSION_EXAMPLE,
      responseHeaders: ["Idempotent-Replayed", "Preference-Applied"],
      errors: [...BODY_ERRORS, 60001, 70002, 70003],
    },
    {
      id: "estimate",
      method: "post",
      path: "/api/v1/task/estimate",
      tag: "Tasks",
      summary: "Estimate the price of a task",
      description: "Checks and prices the same body. Nothing is spent or submitted.",
      audience: "any-credential",
      scope: "generate",
      body: { schema: GenerateRequest(), examples: GENERATE_EXAMPLES },
      response: a.estimate,
      responseExample: { estimatedCredits: 5, affordable: true },
      errors: BODY_ERRORS.filter((code) => ![50001, 50002, 50014, 50015].includes(code)),
    },
    {
      id: "queryTask",
      method: "get",
      path: "/api/v1/query/{taskId}",
      tag: "Tasks",
      summary: "Get a task",
      description:
        "The upstream's `data` field for field, with stable URLs. `taskStatus` is 0 queuing, 1 generating, 2 completed, " +
        "3 failed, 4 under safety review, 5 cancelled; it is 2 once the files are in the gateway's storage, or after a grace " +
        "period of one minute. Progress never decreases. `failReason` contains the reason of a failed task.",
      audience: "any-credential",
      scope: "read",
      headers: ["prefer"],
      response: a.task,
      responseExample: TASK_EXAMPLE,
      responseHeaders: ["Preference-Applied"],
      errors: TASK_ERRORS,
    },
    {
      id: "listTasks",
      method: "get",
      path: "/api/v1/tasks",
      tag: "Tasks",
      summary: "List tasks",
      description:
        "Newest first. A client token sees only the tasks of its end user. A page whose filters had to look at many tasks may have " +
        "fewer than `limit`, even none, and still a `nextCursor`.",
      audience: "key-or-token",
      scope: "read",
      query: TaskListParameters(),
      filtersMetadata: true,
      response: a.taskList,
      responseExample: { tasks: [TASK_EXAMPLE], nextCursor: null },
      errors: [30001],
    },
    {
      id: "streamTaskEvents",
      method: "get",
      path: "/api/v1/tasks/{taskId}/events",
      tag: "Tasks",
      summary: "Stream the events of a task",
      description:
        "Server-Sent Events: `progress` at each change, then one of `completed`, `failed` and `cancelled`, which ends the " +
        "stream. The data of each event is the `data` of `GET /api/v1/query/{taskId}`. Comments keep the connection alive. After " +
        "a lost connection, a client reconnects with `Last-Event-ID` and misses nothing; the status is 204 if it has received " +
        "the last event already. A key has as many streams at once as its tenant may run tasks, from 20 to 100; an end user has 10. " +
        "A closed stream frees its place within 12 s.",
      audience: "events",
      scope: "read",
      headers: ["lastEventId"],
      response: [
        {
          description: "The stream",
          content: {
            "text/event-stream": {
              schema: { type: "string" },
              example:
                'id: 230612834934784-1-40\nevent: progress\ndata: {"taskId":230612834934784,"progress":40,…}\n\n',
            },
          },
        },
        { status: 204, description: "The client has received the last event already" },
      ],
      errors: [...TASK_ERRORS, 70002],
    },
    {
      id: "deleteTask",
      method: "delete",
      path: "/api/v1/tasks/{taskId}",
      tag: "Tasks",
      summary: "Delete a finished task",
      description: "Deletes the task and its files; their URLs then return 410. A running task cannot be deleted.",
      audience: "key-or-token",
      scope: "generate",
      response: a.deletedTask,
      responseExample: { taskId: SUBMISSION_EXAMPLE.taskId },
      errors: [...TASK_ERRORS, 70005],
    },
    {
      id: "listDeliveries",
      method: "get",
      path: "/api/v1/tasks/{taskId}/deliveries",
      tag: "Webhooks",
      summary: "List the deliveries of a task",
      description:
        "Every attempt with its status, its duration and the first KB of the receiver's response, oldest first.",
      audience: "secret",
      scope: "webhooks",
      response: a.deliveries,
      errors: [30001, 40002],
    },
    {
      id: "redeliver",
      method: "post",
      path: "/api/v1/tasks/{taskId}/deliveries/redeliver",
      tag: "Webhooks",
      summary: "Deliver the webhook of a task again",
      description: "Starts a new series of attempts under the same `webhook-id`.",
      audience: "secret",
      scope: "webhooks",
      response: a.deliveries,
      errors: [30001, 40002, 70005],
    },
  ];
}
