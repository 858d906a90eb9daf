/**
 * Every request that SeedHorse's documentation prints, as it prints it: the six under "Request Examples" and the Quick
 * Start. Kept as text, because a drop-in gateway must take exactly this.
 */

/** A documented submission. */
export interface DocumentedRequest {
  /** its heading in the documentation */
  readonly title: string;
  readonly medium: "image" | "video";
  /** the JSON text, byte for byte */
  readonly body: string;
}

/** One request of each documented kind of generation. */
export const DOCUMENTED_REQUESTS: readonly DocumentedRequest[] = [
  {
    title: "Text-to-Image (txt)",
    medium: "image",
    body: `{
    "model": "Imagen Nano Banana 2",
    "taskName": "Image Generation Test",
    "type": "txt",
    "prompt": "a cute orange cat sitting on a windowsill, warm sunlight, studio ghibli style",
    "aspectRatio": "9:16",
    "imageCount": 1,
    "size": "4k"
}`,
  },
  {
    title: "Image-Text-to-Image (img_txt)",
    medium: "image",
    body: `{
    "model": "Imagen Nano Banana 2",
    "taskName": "Image-Text Generation Test",
    "type": "img_txt",
    "prompt": "Generate a blue kitten",
    "aspectRatio": "9:16",
    "refImageUrls": ["https://example.com/reference.jpg"],
    "imageCount": 1,
    "size": "4k"
}`,
  },
  {
    title: "Image-Text-to-Video (img_txt)",
    medium: "video",
    body: `{
    "model": "Seedance 2.0",
    "taskName": "Image-Text Video Generation",
    "type": "img_txt",
    "prompt": "A grey kitten playing in the garden",
    "durationSeconds": 5,
    "resolution": "720p",
    "aspectRatio": "16:9",
    "generateAudio": true,
    "refImageUrls": ["https://example.com/cat.jpg"]
}`,
  },
  {
    title: "Image-Video-Text-to-Video (img_vid_txt)",
    medium: "video",
    body: `{
    "model": "Seedance 2.0",
    "taskName": "Image-Video-Text Video Generation",
    "type": "img_vid_txt",
    "prompt": "A grey kitten",
    "durationSeconds": 5,
    "resolution": "720p",
    "aspectRatio": "16:9",
    "generateAudio": true,
    "refImageUrls": ["https://example.com/cat.jpg"],
    "refVideoUrls": ["https://example.com/reference.mp4"]
}`,
  },
  {
    title: "Image-Audio-Text-to-Video (img_aud_txt)",
    medium: "video",
    body: `{
    "model": "Seedance 2.0",
    "taskName": "Image-Audio-Text Video Generation",
    "type": "img_aud_txt",
    "prompt": "A grey kitten",
    "durationSeconds": 5,
    "resolution": "720p",
    "aspectRatio": "16:9",
    "generateAudio": true,
    "refImageUrls": ["https://example.com/cat.jpg"],
    "refAudioUrls": ["https://example.com/music.mp3"]
}`,
  },
  {
    title: "Full-Modality-to-Video (img_vid_aud_txt)",
    medium: "video",
    body: `{
    "model": "Seedance 2.0",
    "taskName": "Full-Modality Video Generation",
    "type": "img_vid_aud_txt",
    "prompt": "A grey kitten",
    "durationSeconds": 5,
    "resolution": "720p",
    "aspectRatio": "16:9",
    "generateAudio": true,
    "refImageUrls": ["https://example.com/cat.jpg"],
    "refVideoUrls": ["https://example.com/reference.mp4"],
    "refAudioUrls": ["https://example.com/music.mp3"]
}`,
  },
  {
    title: "Quick Start",
    medium: "video",
    body: `{
    "model": "Seedance 2.0",
    "taskName": "My First Video",
    "type": "img_txt",
    "prompt": "A cinematic tracking shot through a neon-lit rainy street at night",
    "durationSeconds": 5,
    "resolution": "720p",
    "aspectRatio": "16:9",
    "generateAudio": true
  }`,
  },
];
