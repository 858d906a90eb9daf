export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname !== "/copy") return new Response("ok");
    const response = await fetch(url.searchParams.get("from"));
    const stored = await env.FILES.put("file", response.body);
    return new Response(String(stored.size));
  },
};
