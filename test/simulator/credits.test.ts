import { describe, expect, it } from "vitest";
import { accepted, generate, IMAGE, LONG_ENOUGH_MS, simulate, VIDEO } from "./simulator-client.ts";

const credits = (simulator: Awaited<ReturnType<typeof simulate>>) =>
  Object.fromEntries(simulator.stats().accounts.map(({ name, credits }) => [name, credits]));

describe("prices", () => {
  it.each([
    [1, IMAGE],
    [2, { ...IMAGE, size: "2K" }],
    [16, { ...IMAGE, size: "4K", imageCount: 4 }],
    [4, { ...IMAGE, imageCount: 2, quality: 90 }],
    [2, { ...IMAGE, type: "img_txt", refImageUrls: ["https://example.com/a.png"] }],
    [7, VIDEO],
    [5, { ...VIDEO, generateAudio: false }],
    [17, { ...VIDEO, durationSeconds: 15 }],
    [9, { ...VIDEO, type: "img_vid_aud_txt" }],
    [123, { ...VIDEO, prompt: "[[sim: price=123]]" }],
  ])("asks %i credits of task %#", async (price, body) => {
    expect((await generate(await simulate(), body)).json()).toMatchObject({ data: { estimatedCredits: price } });
  });
});

describe("credits", () => {
  it("are deducted from the account that the keys share", async () => {
    const simulator = await simulate({
      accounts: [
        { name: "one", keys: ["sh-a", "sh-b"], credits: 100 },
        { name: "two", keys: ["sh-c"], credits: 100 },
      ],
    });
    for (const key of ["sh-a", "sh-b", "sh-c"]) await generate(simulator, VIDEO, { key });
    expect(credits(simulator)).toEqual({ one: 86, two: 93 });
  });

  it("reject an uncovered task with 60001 and accept an exactly covered one", async () => {
    const simulator = await simulate({ accounts: [{ name: "poor", keys: ["sh-simulator"], credits: 7 }] });
    expect((await generate(simulator, { ...VIDEO, durationSeconds: 6 })).json().code).toBe(60001);
    expect((await generate(simulator, VIDEO)).json().code).toBe(0);
    expect(credits(simulator)).toEqual({ poor: 0 });
    expect((await generate(simulator, IMAGE)).json().code).toBe(60001);
  });

  it("are refunded once when a task fails or is cancelled, and not when it completes", async () => {
    const simulator = await simulate({ accounts: [{ name: "main", keys: ["sh-simulator"], credits: 100 }] });
    await accepted(simulator, VIDEO);
    await accepted(simulator, { ...VIDEO, prompt: '[[sim: fail="no luck"]]' });
    await accepted(simulator, { ...VIDEO, prompt: "[[sim: cancel]]" });
    expect(credits(simulator)).toEqual({ main: 79 });
    simulator.advance(LONG_ENOUGH_MS);
    expect(credits(simulator)).toEqual({ main: 93 });
    expect(simulator.stats()).toMatchObject({ charged: 21, refunded: 14 });
    expect(simulator.ledger().map(({ kind, credits }) => [kind, credits])).toEqual([
      ...Array(3).fill(["charge", 7]),
      ...Array(2).fill(["refund", 7]),
    ]);
  });

  it("due as a refund count for the next submission", async () => {
    const simulator = await simulate({ accounts: [{ keys: ["sh-simulator"], credits: 7 }] });
    await accepted(simulator, { ...VIDEO, prompt: "[[sim: fail]]" });
    simulator.advance(LONG_ENOUGH_MS);
    expect((await generate(simulator, VIDEO)).json().code).toBe(0);
  });
});
