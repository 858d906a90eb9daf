/** The upstream's two calls, and what the gateway adds around a task (contract sections 3 and 4). */
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
      summary: "Submit a generation",
      description:
        "Accepts every request that SeedHorse documents, checks it before anything is spent, and answers with a task of " +
        "the gateway's own. `resultUrls` are the stable URLs the outputs will have: they can be stored or shown at once, " +
        "and answer 202 until the file is there.\n\n" +
        "If the upstream is busy, slow or unreachable the answer is 200 all the same: the task is kept and submitted in the " +
        "background. Fields that are not described here are passed on as they are; `metadata` and `webhookUrl` are the " +
        "gateway's and are not passed on.",
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
      summary: "What would this cost?",
      description: "The same body, checked and priced, with nothing spent and nothing submitted.",
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
      summary: "Query a task",
      description:
        "The upstream's `data` field for field, with stable URLs. `taskStatus` is 0 queuing, 1 generating, 2 completed, " +
        "3 failed, 4 under safety review, 5 cancelled; it is 2 once the files are safe in the gateway's storage, or after " +
        "a minute of grace. Progress never goes backwards. A failed task says why in `failReason`.",
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
      description: "Newest first. A client token sees its own end user's tasks only.",
      audience: "key-or-token",
      scope: "read",
      query: TaskListParameters(),
      response: a.taskList,
      responseExample: { tasks: [TASK_EXAMPLE], nextCursor: null },
      errors: [30001],
    },
    {
      id: "streamTaskEvents",
      method: "get",
      path: "/api/v1/tasks/{taskId}/events",
      tag: "Tasks",
      summary: "Follow a task as it happens",
      description:
        "Server-Sent Events: `progress` whenever there is news, then one of `completed`, `failed`, `cancelled`, and the " +
        "stream ends. Each event's data is the query's `data`. Comments keep the connection alive; after a break the " +
        "listener comes back with `Last-Event-ID` and misses nothing. Who has had the ending already gets 204.",
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
        { status: 204, description: "The ending has been received already" },
      ],
      errors: TASK_ERRORS,
    },
    {
      id: "deleteTask",
      method: "delete",
      path: "/api/v1/tasks/{taskId}",
      tag: "Tasks",
      summary: "Forget a finished task",
      description: "Deletes the task and its files; their URLs answer 410 from then on. A running task is refused.",
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
      summary: "How a task's webhook was delivered",
      description:
        "Every attempt with its status, its duration and the first KB of the receiver's answer, oldest first.",
      audience: "secret",
      scope: "webhooks",
      response: a.deliveries,
      errors: [40002],
    },
    {
      id: "redeliver",
      method: "post",
      path: "/api/v1/tasks/{taskId}/deliveries/redeliver",
      tag: "Webhooks",
      summary: "Deliver a task's webhook again",
      description: "Starts a new series of attempts under the same `webhook-id`.",
      audience: "secret",
      scope: "webhooks",
      response: a.deliveries,
      errors: [30001, 40002, 70005],
    },
  ];
}
