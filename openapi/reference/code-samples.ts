/** One call, as a reader would write it: curl, JavaScript and Python, from the document's own operation. */

/** The request that a code sample makes. */
export interface SampleRequest {
  readonly method: string;
  /** With examples in the place of parameters. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A JSON body, or the name of a file to send. */
  readonly body: { readonly json: unknown } | { readonly file: string } | null;
}

/** A code sample in one language. */
export interface CodeSample {
  readonly language: "curl" | "JavaScript" | "Python";
  readonly text: string;
}

/** @returns the request in three languages; credentials come from the environment */
export function codeSamples(request: SampleRequest): CodeSample[] {
  return [
    { language: "curl", text: curl(request) },
    { language: "JavaScript", text: javaScript(request) },
    { language: "Python", text: python(request) },
  ];
}

/** `$NAME` in a header's value is read from the environment in each language. */
const VARIABLE = /\$([A-Z_]+)/;

function curl({ method, url, headers, body }: SampleRequest): string {
  const lines = [method === "GET" ? `curl "${url}"` : `curl -X ${method} "${url}"`];
  for (const [name, value] of headers) {
    lines.push(VARIABLE.test(value) ? `-H "${name}: ${value}"` : `-H '${name}: ${value}'`);
  }
  if (body && "file" in body) lines.push(`-F "file=@${body.file}"`);
  else if (body) lines.push(`-d '${JSON.stringify(body.json, null, 2).replaceAll("'", "'\\''")}'`);
  return lines.join(" \\\n  ");
}

function javaScript({ method, url, headers, body }: SampleRequest): string {
  const parts: string[] = [];
  if (method !== "GET") parts.push(`method: "${method}",`);
  if (headers.length > 0) {
    const lines = headers.map(([name, value]) => {
      const text = VARIABLE.test(value)
        ? `\`${value.replace(VARIABLE, (_, variable) => `\${process.env.${variable}}`)}\``
        : JSON.stringify(value);
      return `    ${/^[A-Za-z]+$/.test(name) ? name : `"${name}"`}: ${text},`;
    });
    parts.push(`headers: {\n${lines.join("\n")}\n  },`);
  }
  const before =
    body && "file" in body ? `const form = new FormData();\nform.set("file", await openAsBlob("${body.file}"));\n` : "";
  if (body && "file" in body) parts.push("body: form,");
  else if (body) parts.push(`body: JSON.stringify(${indent(JSON.stringify(body.json, null, 2), "  ")}),`);
  const options = parts.length > 0 ? `, {\n  ${parts.join("\n  ")}\n}` : "";
  return `${before}const response = await fetch("${url}"${options});\nconst { code, msg, data } = await response.json();`;
}

function python({ method, url, headers, body }: SampleRequest): string {
  const parts = [`"${url}",`];
  if (headers.length > 0) {
    const lines = headers
      .filter(([name]) => name !== "Content-Type")
      .map(([name, value]) => {
        const text = VARIABLE.test(value)
          ? `f"${value.replace(VARIABLE, "{os.environ['$1']}")}"`
          : JSON.stringify(value);
        return `        "${name}": ${text},`;
      });
    if (lines.length > 0) parts.push(`headers={\n${lines.join("\n")}\n    },`);
  }
  if (body && "file" in body) parts.push(`files={"file": open("${body.file}", "rb")},`);
  else if (body) parts.push(`json=${indent(pythonLiteral(JSON.stringify(body.json, null, 4)), "    ")},`);
  const imports = headers.some(([, value]) => VARIABLE.test(value)) ? "import os\nimport requests" : "import requests";
  return `${imports}\n\nresponse = requests.${method.toLowerCase()}(\n    ${parts.join("\n    ")}\n)\ndata = response.json()["data"]`;
}

function indent(text: string, by: string): string {
  return text.replaceAll("\n", `\n${by}`);
}

/** JSON's three words that Python spells otherwise; strings stay. */
function pythonLiteral(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\b(true|false|null)\b/g, (_, string?: string, word?: string) =>
    string !== undefined ? string : word === "true" ? "True" : word === "false" ? "False" : "None",
  );
}
