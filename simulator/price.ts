import { DURATION_SECONDS } from "./catalogue.ts";
import type { GenerateRequest } from "./generate-request.ts";

const IMAGE_CREDITS: Readonly<Record<string, number>> = { "1K": 1, "2K": 2, "4K": 4 };

/**
 * Credits for a task. SeedHorse publishes no price list; this one depends on everything a real one could:
 * - image: (1K 1, 2K 2, 4K 4; +1 with quality over 80; +1 with references) × imageCount
 * - video: 1 a second, +1 with quality over 80, +2 with audio, +1 for each kind of reference beyond images in `type`
 */
export function priceOf(request: GenerateRequest): number {
  const fine = request.quality > 80 ? 1 : 0;
  if (request.model.medium === "image") {
    const each = (IMAGE_CREDITS[request.size.toUpperCase()] ?? 1) + fine + (request.type === "img_txt" ? 1 : 0);
    return each * request.imageCount;
  }
  const seconds = request.durationSeconds === 0 ? DURATION_SECONDS.fallback : request.durationSeconds;
  const kinds = request.type.split("_").filter((part) => part === "vid" || part === "aud").length;
  return seconds + fine + (request.generateAudio ? 2 : 0) + kinds;
}
