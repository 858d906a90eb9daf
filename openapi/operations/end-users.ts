/** Operations on end users and their tokens (contract section 4). */
import { ClientTokenParameters, EndUserParameters, PutEndUser } from "../../src/schemas/end-users.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const END_USER = {
  endUser: "user-81",
  blocked: false,
  dailyCredits: null,
  monthlyCredits: null,
  dailyTasks: null,
  concurrentTasks: null,
  used: { todayCredits: 21, monthCredits: 140, todayTasks: 3, running: 1 },
};

/** Returns the operations on end users and the list of client tokens. */
export function endUserOperations(a: Responses): Operation[] {
  return [
    {
      id: "listClientTokens",
      method: "get",
      path: "/api/v1/client-tokens",
      tag: "Client tokens",
      summary: "List client tokens",
      description:
        "Tokens that created a task or were ended, until they expire. Other tokens are not stored and are not listed.",
      audience: "secret",
      scope: "tokens",
      query: ClientTokenParameters(),
      response: a.clientTokenPage,
      errors: [30001],
    },
    {
      id: "listEndUsers",
      method: "get",
      path: "/api/v1/end-users",
      tag: "End users",
      summary: "List end users with limits and use",
      description: "End users that have limits, or whose client tokens created tasks, by name.",
      audience: "secret",
      scope: "tokens",
      query: EndUserParameters(),
      response: a.endUserPage,
      errors: [30001],
    },
    {
      id: "getEndUser",
      method: "get",
      path: "/api/v1/end-users/{endUser}",
      tag: "End users",
      summary: "Get an end user",
      description: "An end user that was never seen has no limits and no use.",
      audience: "secret",
      scope: "tokens",
      response: a.endUser,
      responseExample: END_USER,
      errors: [30001],
    },
    {
      id: "putEndUser",
      method: "put",
      path: "/api/v1/end-users/{endUser}",
      tag: "End users",
      summary: "Set the limits of an end user",
      description:
        "Replaces all limits; a field that is left out means no limit. The limits count over all client tokens of the end user, " +
        "exactly, also when many tasks are submitted at once. A task that is over a limit of credits or tasks is refused with 20002, one " +
        "over `concurrentTasks` with 70002. A blocked end user's tokens stop within 10 seconds, its open event streams end, " +
        "and no token can be created for it; tokens that have not ended otherwise work again after unblocking.",
      audience: "secret",
      scope: "tokens",
      body: {
        schema: PutEndUser(),
        examples: {
          limits: { summary: "At most 500 credits a day", value: { dailyCredits: 500, concurrentTasks: 2 } },
          blocked: { summary: "Block", value: { blocked: true } },
        },
      },
      response: a.endUser,
      responseExample: { ...END_USER, dailyCredits: 500, concurrentTasks: 2 },
      errors: [30001, 70006, 70008, 70009],
    },
  ];
}
