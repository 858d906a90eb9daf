/** Errors of the gateway by the field of the form that they are about. */
import { REFERENCE_FIELDS, type ReferenceField } from "./form.ts";

/** What the gateway returned, as the pages' `ApiError` has it. */
export interface ServerError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** Messages by field; `""` is the form as a whole. */
export type ServerProblems = Readonly<Record<string, string>>;

/** The field that an error without issues is about, by its code (docs/api-contract.md, "Envelope, errors, headers"). */
const FIELD_OF_CODE: Readonly<Record<number, string>> = {
  40003: "model",
  50001: "model",
  50002: "model",
  50003: "type",
  50006: "resolution",
  50007: "durationSeconds",
  50008: "size",
  50009: "aspectRatio",
  50010: "imageCount",
  50011: "refImageUrls",
};
/** Codes about the content of a reference: the upstream does not name which. */
const REFERENCE_CODES: ReadonlySet<number> = new Set([50014, 50015]);

/**
 * Places each problem at its field.
 *
 * @param shown fields that the form shows now; a problem of any other is the form's own
 * @param filled lists that have references
 */
export function placeProblems(
  error: ServerError,
  shown: readonly string[],
  filled: readonly ReferenceField[] = [],
): ServerProblems {
  const placed: Record<string, string> = {};
  const place = (field: string | undefined, message: string) => {
    const at = field !== undefined && shown.includes(field) ? field : "";
    const text = at === "" && field ? `${field}: ${message}` : message;
    placed[at] = at in placed ? `${placed[at]}. ${text}` : text;
  };
  for (const { path, message } of error.issues) {
    const [field = "", index] = path.split(".");
    const isReference = REFERENCE_FIELDS.some((one) => one === field) && index !== undefined;
    place(field, isReference ? `${Number(index) + 1}: ${message}` : message);
  }
  if (error.issues.length > 0) return placed;
  if (REFERENCE_CODES.has(error.code) && filled.length > 0) {
    for (const field of filled) place(field, error.message);
  } else place(FIELD_OF_CODE[error.code], error.message);
  return placed;
}
