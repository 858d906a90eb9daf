/** Values as source text of JavaScript. */

/** Returns a value as a literal of JavaScript, with bigints as such. @param depth levels of indentation around it */
export function jsValue(value: unknown, depth = 0): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const inner = "  ".repeat(depth + 1);
  const [items, open, close] = Array.isArray(value)
    ? [value.map((item) => jsValue(item, depth + 1)), "[", "]"]
    : [Object.entries(value).map(([name, item]) => `${jsName(name)}: ${jsValue(item, depth + 1)}`), "{", "}"];
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${"  ".repeat(depth)}${close}`;
}

/** `__proto__` without brackets would set the prototype. */
function jsName(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
