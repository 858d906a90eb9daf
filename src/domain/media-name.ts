/** File names that agree with the content type of what they name. */

/** Extensions by content type, the usual one first. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  "image/png": ["png", "apng"],
  "image/jpeg": ["jpg", "jpeg", "jpe", "jfif"],
  "image/webp": ["webp"],
  "image/gif": ["gif"],
  "image/avif": ["avif"],
  "image/heic": ["heic", "heif"],
  "image/tiff": ["tif", "tiff"],
  "image/bmp": ["bmp"],
  "image/jxl": ["jxl"],
  "image/jp2": ["jp2"],
  "video/mp4": ["mp4", "m4v"],
  "video/quicktime": ["mov", "qt"],
  "video/webm": ["webm"],
  "video/x-matroska": ["mkv"],
  "video/ogg": ["ogv", "ogg"],
  "video/3gpp": ["3gp"],
  "video/3gpp2": ["3g2"],
  "video/mp2t": ["ts", "m2ts"],
  "video/mpeg": ["mpg", "mpeg"],
  "video/x-msvideo": ["avi"],
  "video/x-flv": ["flv"],
  "video/x-ms-asf": ["wmv", "asf", "wma"],
  "audio/mpeg": ["mp3", "mp2", "mpga"],
  "audio/mp4": ["m4a", "m4b", "mp4"],
  "audio/quicktime": ["mov"],
  "audio/aac": ["aac"],
  "audio/wav": ["wav", "wave"],
  "audio/ogg": ["ogg", "oga", "opus"],
  "audio/flac": ["flac"],
  "audio/webm": ["weba", "webm"],
  "audio/x-matroska": ["mka"],
  "audio/3gpp": ["3gp"],
  "audio/3gpp2": ["3g2"],
  "audio/aiff": ["aiff", "aif", "aifc"],
  "audio/x-caf": ["caf"],
  "audio/x-w64": ["w64"],
  "audio/x-ms-wma": ["wma", "asf"],
  "audio/x-msvideo": ["avi"],
  "audio/x-flv": ["flv"],
  "audio/mp2t": ["ts", "m2ts"],
  "audio/amr": ["amr"],
  "audio/amr-wb": ["awb", "amr"],
  "audio/basic": ["au", "snd"],
};
const KNOWN = new Set(Object.values(EXTENSIONS).flat());

/** @returns the usual extension of files of a content type, without the dot; null if none is known */
export function extensionFor(contentType: string): string | null {
  return EXTENSIONS[contentType]?.[0] ?? null;
}

/**
 * A file name whose extension agrees with the content type: that of another type is replaced. A name with no extension
 * of a media type, and content of a type without one, are left alone.
 */
export function nameForType(name: string, contentType: string): string {
  const extensions = EXTENSIONS[contentType];
  const [, stem, extension = ""] = /^(.*)\.([a-z0-9]{2,5})$/is.exec(name.trim()) ?? [];
  const lower = extension.toLowerCase();
  if (extensions === undefined || stem === undefined || !KNOWN.has(lower) || extensions.includes(lower)) return name;
  return `${stem}.${extensions[0]}`;
}
