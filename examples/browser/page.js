import { Paddock, PaddockError, TASK_STATUS } from "paddock-client";

const form = document.querySelector("form");
const status = document.querySelector("#status");
const result = document.querySelector("#result");

/** The backend's token, fetched anew shortly before it ends. */
let token = null;
async function currentToken() {
  if (token === null || Date.parse(token.expiresAt) - Date.now() < 30_000) {
    token = await (await fetch("/token", { method: "POST" })).json();
  }
  return token;
}

/** Made at the first use, because only the backend knows the gateway's address. */
let made = null;
async function client() {
  const { baseUrl } = await currentToken();
  made ??= new Paddock({ baseUrl, credential: async () => (await currentToken()).token });
  return made;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const prompt = String(new FormData(form).get("prompt"));
  result.hidden = true;
  status.textContent = "Submitting …";
  try {
    const paddock = await client();
    const submitted = await paddock.generate({
      model: "Imagen Nano Banana 2",
      taskName: "From the page",
      type: "txt",
      prompt,
      size: "1K",
    });
    const task = await paddock.wait(submitted.taskId, {
      onProgress: ({ progress }) => {
        status.textContent = `Painting … ${progress} %`;
      },
    });
    if (task.taskStatus !== TASK_STATUS.completed) throw new Error(task.failReason);
    result.src = task.results[0].fileUrl;
    result.alt = prompt;
    result.hidden = false;
    status.textContent = `Done, for ${task.estimatedCredits} credits.`;
  } catch (error) {
    status.textContent = error instanceof PaddockError ? `Refused (${error.code}): ${error.message}` : String(error);
  }
});
// Until now a click would have sent the form to the server, as forms do.
form.querySelector("button").disabled = false;
