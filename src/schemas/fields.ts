/** Kinds of fields that several bodies have. */
import * as z from "zod";

export const wholeNumber = (min: number, max: number) =>
  z.int("must be an integer").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);

/** Text for people and exports: nothing that breaks a line. */
export const plainText = (max: number, message = "must be a string") =>
  z
    .string(message)
    .max(max, `has at most ${max} characters`)
    .refine((text) => !/\p{Cc}/u.test(text), "must not have control characters");
