/** Examples: requests as the upstream's documentation prints them, and responses of the gateway. */
import type { Example } from "./operation.ts";

const REFERENCE_IMAGE = "https://example.com/cat.jpg";

const video = (type: string, name: string, prompt: string, references: object): Example => ({
  summary: `${name} (${type})`,
  value: {
    model: "Seedance 2.0",
    taskName: `${name} Generation`,
    type,
    prompt,
    durationSeconds: 5,
    resolution: "720p",
    aspectRatio: "16:9",
    generateAudio: true,
    refImageUrls: [REFERENCE_IMAGE],
    ...references,
  },
});

const REFERENCE_VIDEO = { refVideoUrls: ["https://example.com/reference.mp4"] };
const REFERENCE_AUDIO = { refAudioUrls: ["https://example.com/music.mp3"] };

/** The seven requests that the upstream's documentation prints. */
export const GENERATE_EXAMPLES: Readonly<Record<string, Example>> = {
  "text-to-image": {
    summary: "Text-to-Image (txt)",
    value: {
      model: "Imagen Nano Banana 2",
      taskName: "Image Generation Test",
      type: "txt",
      prompt: "a cute orange cat sitting on a windowsill, warm sunlight, studio ghibli style",
      aspectRatio: "9:16",
      imageCount: 1,
      size: "4k",
    },
  },
  "image-text-to-image": {
    summary: "Image-Text-to-Image (img_txt)",
    value: {
      model: "Imagen Nano Banana 2",
      taskName: "Image-Text Generation Test",
      type: "img_txt",
      prompt: "Generate a blue kitten",
      aspectRatio: "9:16",
      refImageUrls: ["https://example.com/reference.jpg"],
      imageCount: 1,
      size: "4k",
    },
  },
  "quick-start-video": {
    summary: "Quick Start: a video from text (img_txt)",
    value: {
      model: "Seedance 2.0",
      taskName: "My First Video",
      type: "img_txt",
      prompt: "A cinematic tracking shot through a neon-lit rainy street at night",
      durationSeconds: 5,
      resolution: "720p",
      aspectRatio: "16:9",
      generateAudio: true,
    },
  },
  "image-text-to-video": video("img_txt", "Image-Text Video", "A grey kitten playing in the garden", {}),
  "image-video-text-to-video": video("img_vid_txt", "Image-Video-Text Video", "A grey kitten", REFERENCE_VIDEO),
  "image-audio-text-to-video": video("img_aud_txt", "Image-Audio-Text Video", "A grey kitten", REFERENCE_AUDIO),
  "full-modality-to-video": video("img_vid_aud_txt", "Full-Modality Video", "A grey kitten", {
    ...REFERENCE_VIDEO,
    ...REFERENCE_AUDIO,
  }),
};

const TASK_ID = 230612834934784;
const TASK_NO = "3b248921b9be429b8303838118f3cd7f";
const FILE = "https://gateway.example/files/Dzqcu11-JGis4AHRy8lR1FAtvEq1JGkz0Yc7Xa7QxT9m/0.png";

/** The `data` of an accepted submission. */
export const SUBMISSION_EXAMPLE = { taskId: TASK_ID, taskNo: TASK_NO, estimatedCredits: 5, resultUrls: [FILE] };

/** The `data` of a query. */
export const TASK_EXAMPLE = {
  taskId: TASK_ID,
  taskNo: TASK_NO,
  taskName: "Image Generation Test",
  taskStatus: 2,
  taskType: 2,
  progress: 100,
  modelId: 3,
  genMethod: "txt",
  prompt: "a cute orange cat sitting on a windowsill, warm sunlight, studio ghibli style",
  negativePrompt: null,
  resolution: "",
  durationSeconds: 0,
  aspectRatio: "9:16",
  imageCount: 1,
  size: "4K",
  quality: 80,
  seed: -1,
  generateAudio: true,
  refImageUrls: [],
  refVideoUrls: [],
  refAudioUrls: [],
  failReason: "",
  subTaskTotal: 1,
  subTaskDone: 1,
  createTime: "2026-11-22T11:01:32",
  results: [
    {
      fileUrl: FILE,
      thumbnailUrl: null,
      mirrored: true,
      durationSeconds: 0,
      width: 2304,
      height: 4096,
      subStatus: 1,
      failReason: "",
    },
  ],
  metadata: { order: "4711" },
  estimatedCredits: 5,
  createdAt: "2026-11-22T11:01:32.000Z",
  endedAt: "2026-11-22T11:01:58.000Z",
};
