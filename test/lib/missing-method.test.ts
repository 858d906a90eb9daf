import { expect, it, vi } from "vitest";
import { ifMethodMissing } from "../../src/lib/missing-method.ts";

const MISSING = new TypeError('The RPC receiver does not implement the method "page".');

it("returns the result of a method that the object has", async () => {
  const otherwise = vi.fn(() => "older");
  expect(await ifMethodMissing(Promise.resolve("newer"), otherwise)).toBe("newer");
  expect(otherwise).not.toHaveBeenCalled();
});

it("does otherwise without the method, which can throw the error again", async () => {
  expect(await ifMethodMissing(Promise.reject(MISSING), async () => "older")).toBe("older");
  const rethrow = (error: unknown) => {
    throw error;
  };
  await expect(ifMethodMissing(Promise.reject(MISSING), rethrow)).rejects.toBe(MISSING);
});

it("throws every other error", async () => {
  const failed = new Error("Durable Object is overloaded");
  await expect(ifMethodMissing<string>(Promise.reject(failed), () => "older")).rejects.toBe(failed);
});
