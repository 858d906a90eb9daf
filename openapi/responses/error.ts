/** The envelope of an error (contract section 2). */
import * as z from "zod";

/** @returns its schema */
export function errorResponse() {
  const issue = z.object({
    path: z.string().describe("Place of the field, such as `refImageUrls.0`."),
    message: z.string().describe("What is wrong with the field."),
  });
  return z
    .object({
      code: z.int().describe("Error code."),
      msg: z.string().describe("Error message."),
      ok: z.literal(false).describe("Always false."),
      data: z
        .object({
          issues: z.array(issue).optional().describe("Everything that is wrong with the request."),
          models: z.array(z.string()).optional().describe("Names of the known models."),
          required: z.int().optional().meta({ description: "Credits that the request needs." }),
          available: z.int().optional().meta({ description: "Credits that the tenant can spend." }),
        })
        .nullable()
        .describe("Details of the error, or null."),
    })
    .meta({ id: "ApiError" });
}
