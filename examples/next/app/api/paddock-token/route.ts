/** A route handler, as of Next.js: hands the page of a signed-in user a token of its own. */
import { Paddock, PaddockError } from "paddock-client";

/** Mints a client token, good for ten minutes, five tasks, this origin and the tasks of its own user. */
export async function POST(request: Request): Promise<Response> {
  const user = userOf(request);
  if (user === null) return Response.json({ error: "Sign in first" }, { status: 401 });
  const baseUrl = process.env.PADDOCK_URL ?? "http://127.0.0.1:8787";
  const paddock = new Paddock({ baseUrl, credential: process.env.PADDOCK_KEY ?? "" });
  try {
    const { token } = await paddock.createClientToken({
      endUser: user,
      expiresInSeconds: 600,
      maxTasks: 5,
      allowedOrigins: [process.env.APP_ORIGIN ?? new URL(request.url).origin],
    });
    return Response.json({ token, baseUrl }, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    if (!(error instanceof PaddockError)) throw error;
    return Response.json({ error: error.msg }, { status: 502 });
  }
}

/** Stands for the app's own session. */
function userOf(request: Request): string | null {
  return /(?:^|;\s*)user=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? null;
}
