/**
 * The bare proxying worker that everything is compared with: it swaps the Authorization header and proxies. With a bucket
 * it also streams objects: GET /objects lists keys, GET /objects/{key} answers with the bytes, or a range of them.
 */
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/healthz") return new Response("ok");
    if (url.pathname.startsWith("/objects"))
      return serveObject(request, env, decodeURIComponent(url.pathname.slice(9)));
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${env.UPSTREAM_KEY}`);
    const { method, body } = request;
    return fetch(env.UPSTREAM_URL + url.pathname, { method, headers, body });
  },
};

async function serveObject(request, env, key) {
  if (key === "") return Response.json((await env.FILES.list()).objects.map(({ key, size }) => ({ key, size })));
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
  const wanted = range ? { range: { offset: Number(range[1]), length: Number(range[2]) - Number(range[1]) + 1 } } : {};
  const object = await env.FILES.get(key, wanted);
  if (!object) return new Response(null, { status: 404 });
  const length = range ? wanted.range.length : object.size;
  return new Response(object.body, { status: range ? 206 : 200, headers: { "content-length": String(length) } });
}
