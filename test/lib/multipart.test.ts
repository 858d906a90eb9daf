import { describe, expect, it } from "vitest";
import { MultipartError, multipartBoundary, openFilePart, SecondFileError } from "../../src/lib/multipart.ts";
import { filler, join, pieces, text } from "../support/media.ts";

const BOUNDARY = "----WebKitFormBoundaryABC";

function form(parts: [headers: string, content: Uint8Array][], end = "--\r\n"): Uint8Array {
  const encoded = parts.map(([headers, content]) =>
    join(text(`--${BOUNDARY}\r\n${headers}\r\n\r\n`), content, text("\r\n")),
  );
  return join(...encoded, text(`--${BOUNDARY}${end}`));
}

const file = (content: Uint8Array, name = "file"): [string, Uint8Array] => [
  `Content-Disposition: form-data; name="${name}"; filename="a.png"\r\nContent-Type: image/png`,
  content,
];

/** Chunks in one reused buffer, as a BYOB reader hands them out. */
function source(body: Uint8Array, chunkSize: number) {
  const chunks = pieces(body, chunkSize);
  const buffer = new Uint8Array(chunkSize);
  return async (): Promise<Uint8Array | null> => {
    const chunk = chunks.shift();
    if (chunk === undefined) return null;
    buffer.fill(0x2d).set(chunk);
    return buffer.subarray(0, chunk.length);
  };
}

async function read(body: Uint8Array, chunkSize = 64, boundary = BOUNDARY) {
  const part = await openFilePart(source(body, chunkSize), boundary, "file");
  if (part === null) return null;
  const chunks: Uint8Array[] = [];
  for (let chunk = await part.next(); chunk !== null; chunk = await part.next()) {
    expect(chunk.length).toBeGreaterThan(0);
    chunks.push(chunk);
  }
  return { contentType: part.contentType, content: join(...chunks) };
}

describe("multipartBoundary", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ["Multipart/Form-Data;Boundary=abc; charset=utf-8", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b;c"', "a b;c"],
    ["multipart/form-data", null],
    ["multipart/form-data; boundary=", null],
    ['multipart/form-data; boundary="abc "', null],
    [`multipart/form-data; boundary=${"x".repeat(71)}`, null],
    ["multipart/form-data; xboundary=abc", null],
    ["multipart/mixed; boundary=abc", null],
    [null, null],
  ])("%j is %j", (contentType, expected) => {
    expect(multipartBoundary(contentType)).toBe(expected);
  });
});

describe("openFilePart", () => {
  const tricky = join(
    text(`\r\n--${BOUNDARY.slice(0, -1)}`),
    filler(300),
    text(`\r\r\n--\r\n-${BOUNDARY}\r`),
    filler(50),
    text("\r\n"),
  );

  it.each([
    1, 2, 3, 7, 29, 30, 31, 64, 100, 10_000,
  ])("hands out exactly the content, from chunks of %i", async (size) => {
    const body = form([["Content-Disposition: form-data; name=note", text("hello")], file(tricky)]);
    const result = await read(body, size);
    expect(result?.content).toEqual(tricky);
    expect(result?.contentType).toBe("image/png");
  });

  it("passes over a preamble, an epilogue, texts and inputs in which no file was chosen", async () => {
    const unchosen: [string, Uint8Array] = [
      'Content-Disposition: form-data; name="other"; filename=""\r\nContent-Type: application/octet-stream',
      new Uint8Array(0),
    ];
    const note: [string, Uint8Array] = ["Content-Disposition: form-data; name=note", text("hello")];
    const parts = form([note, unchosen, file(filler(9)), unchosen, note]);
    for (const size of [1, 64, 10_000]) {
      expect((await read(join(text("preamble\r\n"), parts, text("epilogue")), size))?.content).toEqual(filler(9));
    }
  });

  it.each([
    ["the same field twice", [file(text("one")), file(text("two"))]],
    ["another file behind it", [file(text("one")), file(text("two"), "image")]],
    ["another file before it", [file(text("one"), "image"), file(text("two"))]],
  ])("refuses a body that has %s, because one file would be dropped", async (_, parts) => {
    for (const size of [1, 64, 10_000]) {
      await expect(read(form(parts as [string, Uint8Array][]), size)).rejects.toBeInstanceOf(SecondFileError);
    }
  });

  it("refuses a body that is cut behind the file", async () => {
    const body = form([file(text("one")), ["Content-Disposition: form-data; name=note", filler(500)]]);
    await expect(read(body.slice(0, -40))).rejects.toBeInstanceOf(MultipartError);
  });

  it("hands out an empty file as no chunk at all", async () => {
    expect((await read(form([file(new Uint8Array(0))])))?.content.length).toBe(0);
  });

  it("accepts white space after a boundary, any case of header names, and unquoted names", async () => {
    const body = text(`--b \t\r\ncontent-disposition: form-data; filename="x;name=y"; name=file\r\n\r\nhi\r\n--b--`);
    expect(await read(body, 5, "b")).toEqual({ contentType: null, content: text("hi") });
  });

  it("is not taken in by a name inside a filename", async () => {
    const body = form([['Content-Disposition: form-data; name="x"; filename="; name=file"', text("no")]]);
    expect(await read(body)).toBeNull();
  });

  it("finds nothing in a form without the field, and in an empty form", async () => {
    expect(await read(form([file(text("x"), "image")]))).toBeNull();
    expect(await read(form([]))).toBeNull();
  });

  it.each([
    ["an empty body", new Uint8Array(0)],
    ["no boundary at all", filler(20_000)],
    ["no closing boundary", form([file(filler(500))]).slice(0, -40)],
    ["a body cut in the headers", form([file(filler(500))]).slice(0, 60)],
    ["headers without end", text(`--${BOUNDARY}\r\n${"X: y\r\n".repeat(3_000)}`)],
    ["a boundary line with more in it", text(`--${BOUNDARY}xyz\r\n\r\n\r\n--${BOUNDARY}--`)],
    ["endless parts", form(Array.from({ length: 100 }, () => file(text("x"), "no")))],
  ])("refuses %s", async (_, body) => {
    await expect(read(body)).rejects.toBeInstanceOf(MultipartError);
  });

  it("passes the source's own failure on", async () => {
    const failing = async () => {
      throw new TypeError("gone");
    };
    await expect(openFilePart(failing, "b", "file")).rejects.toThrow("gone");
  });
});
