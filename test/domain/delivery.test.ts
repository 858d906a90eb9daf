import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterAttempt,
  crossesBelow,
  type DeliveryRow,
  endingEvent,
  isDelivered,
  readLog,
  type WebhookResponse,
} from "../../src/domain/delivery.ts";

const NOW = Date.UTC(2026, 10, 22);
const row: DeliveryRow = {
  event_id: 7,
  webhook_id: "msg_1",
  type: "task.completed",
  at: NOW,
  url: null,
  due_at: NOW,
  attempts: 0,
  data: null,
  files: null,
  log: "[]",
};
const context = {
  url: "https://example.com/hook",
  startedAt: NOW,
  now: NOW + 80,
  random: 0,
  retrySeconds: [5, 300],
};
const answered = (status: number | null, retryAfterMs: number | null = null): WebhookResponse => ({
  status,
  durationMs: 80,
  response: "",
  retryAfterMs,
  error: status === null ? "no answer in time" : null,
});

describe("afterAttempt", () => {
  it.each([200, 201, 204, 299])("is done after a %i", (status) => {
    expect(afterAttempt(row, row, answered(status), context)).toMatchObject({ attempts: 1, due_at: null });
  });

  it.each([null, 100, 301, 302, 307, 308, 304, 400, 404, 429, 500, 503])("tries again after %s", (status) => {
    const changes = afterAttempt(row, row, answered(status), context);
    expect(changes).toMatchObject({ attempts: 1, due_at: NOW + 80 + 5_000 });
  });

  it("ends at once with 410", () => {
    expect(afterAttempt(row, row, answered(410), context)).toMatchObject({ attempts: 1, due_at: null });
  });

  it("waits longer after each failure, and gives up after the last wait", () => {
    const second = { ...row, attempts: 1 };
    expect(afterAttempt(second, second, answered(500), context).due_at).toBe(NOW + 80 + 300_000);
    const third = { ...row, attempts: 2 };
    expect(afterAttempt(third, third, answered(500), context)).toMatchObject({ attempts: 3, due_at: null });
  });

  it("waits as long as the receiver asks for, if that is longer", () => {
    expect(afterAttempt(row, row, answered(503, 60_000), context).due_at).toBe(NOW + 80 + 60_000);
    expect(afterAttempt(row, row, answered(503, 1_000), context).due_at).toBe(NOW + 80 + 5_000);
  });

  it("records attempts, oldest first, and drops the oldest when there are too many", () => {
    const first = afterAttempt(row, row, { ...answered(500), response: "broken" }, context).log ?? "";
    expect(readLog({ log: first })).toEqual([
      {
        at: new Date(NOW).toISOString(),
        type: "task.completed",
        webhookId: "msg_1",
        url: "https://example.com/hook",
        status: 500,
        durationMs: 80,
        error: null,
        response: "broken",
      },
    ]);
    let log = first;
    for (let count = 0; count < 50; count += 1) {
      log = afterAttempt({ ...row, log }, row, answered(200), context).log ?? "";
    }
    expect(readLog({ log })).toHaveLength(30);
    expect(readLog({ log }).every(({ status }) => status === 200)).toBe(true);
  });

  it("only records an attempt that a redelivery has overtaken: the new series stands", () => {
    const askedAgain = { ...row, due_at: NOW + 50 };
    for (const status of [200, 410, 500]) {
      const changes = afterAttempt(askedAgain, row, answered(status), context);
      expect(Object.keys(changes)).toEqual(["log"]);
    }
  });
});

describe("isDelivered", () => {
  it("is true for 2xx alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        expect(isDelivered(status)).toBe(Math.floor(status / 100) === 2);
      }),
    );
    expect(isDelivered(null)).toBe(false);
  });
});

describe("endingEvent", () => {
  it("names the way a task ended", () => {
    expect([2, 3, 5].map(endingEvent)).toEqual(["task.completed", "task.failed", "task.cancelled"]);
  });
});

describe("crossesBelow", () => {
  it.each([
    [20, 30, 10, true],
    [20, 20, 19, true],
    [20, 30, 20, false],
    [20, 19, 10, false],
    [20, 10, 30, false],
    [-5, 0, -6, true],
    [0, 0, 0, false],
    [null, 30, -1, false],
  ])("with lowBalance %s, from %i to %i: %s", (low, before, after, crosses) => {
    expect(crossesBelow(low, before, after)).toBe(crosses);
  });

  it("is true once for every time the balance falls below, however it gets there", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.array(fc.integer({ min: -30, max: 30 })), (low, moves) => {
        let balance = 0;
        let crossings = 0;
        let below = balance < low;
        let expected = 0;
        for (const move of moves) {
          if (crossesBelow(low, balance, balance + move)) crossings += 1;
          balance += move;
          if (balance < low && !below) expected += 1;
          below = balance < low;
        }
        expect(crossings).toBe(expected);
      }),
    );
  });
});
