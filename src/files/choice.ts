/** The objects in R2 that can satisfy a request for a file: the file itself, or a smaller version of an image. */
import { fileMessage, type OpenedObject, objectResponse, openObject, type Presentation } from "./respond.ts";
import { THUMBNAIL_WIDTH, type Variant, variantKey } from "./thumbnails.ts";

/** An object for the response: the file itself, or a smaller version of it. */
export interface Choice {
  key: string;
  variant: Variant | null;
}

/**
 * Returns the possible objects in order: the requested file; for a thumbnail that the upstream does not have, also the
 * image, resized.
 */
export function choicesFor(
  thumbnail: boolean,
  width: number | null,
  format: Variant["format"],
  keyOf: (thumbnail: boolean) => string,
): Choice[] {
  const variant = (pixels: number): Variant => ({ width: pixels, format });
  const asked: Choice = { key: keyOf(thumbnail), variant: width === null ? null : variant(width) };
  return thumbnail ? [asked, { key: keyOf(false), variant: variant(width ?? THUMBNAIL_WIDTH) }] : [asked];
}

/** An object in R2 and the choice that it is. */
export interface Found {
  readonly opened: OpenedObject;
  readonly choice: Choice;
}

/** Opens the first of the choices that is in R2. */
export async function openFirst(bucket: R2Bucket, choices: readonly Choice[], request: Request): Promise<Found | null> {
  for (const choice of choices) {
    const key = choice.variant === null ? choice.key : variantKey(choice.key, choice.variant);
    const opened = await openObject(bucket, key, request);
    if (opened !== null) return { opened, choice };
  }
  return null;
}

/** Returns the presentation of a choice: smaller versions depend on `Accept`, and have their own names. */
export function presented(presentation: Presentation, { variant }: Choice): Presentation {
  if (variant === null) return presentation;
  const { width, format } = variant;
  const defaultName = presentation.defaultName.replace(/\.png$/, `-${width}.${format}`);
  return { ...presentation, defaultName, vary: "Accept" };
}

/** True if the object has the extension of the request: /0.mp4 must not return an image, whose URL is /0.png. */
export function isFor(object: R2Object, ext: "png" | "mp4"): boolean {
  const kind = object.customMetadata?.kind;
  return kind === undefined || (kind === "video") === (ext === "mp4");
}

/** Cancels the body of an object that is not sent. */
export async function release(opened: OpenedObject | null): Promise<void> {
  await opened?.body?.cancel().catch(() => {});
}

/** Responds with an opened object; 404 if its extension is not the requested one. */
export async function present(
  opened: OpenedObject,
  ext: "png" | "mp4",
  method: string,
  presentation: Presentation,
): Promise<Response> {
  if (isFor(opened.object, ext)) return objectResponse(opened, method, presentation);
  await release(opened);
  return fileMessage(method, 404);
}
