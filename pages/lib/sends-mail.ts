/** Whether the gateway can send e-mail, as the Worker wrote it into the page. */

/** Returns true if a person can ask for a portal link by e-mail. */
export function sendsMail(): boolean {
  return document.getElementById("app")?.hasAttribute("data-mail") === true;
}
