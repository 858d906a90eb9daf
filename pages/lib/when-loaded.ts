/** Waiting for what a page loads. */

/** Calls `then` as soon as nothing on the page is loading. */
export function whenLoaded(then: () => void): void {
  const isLoading = () => document.querySelector("[aria-busy]") !== null;
  if (!isLoading()) {
    then();
    return;
  }
  const observer = new MutationObserver(() => {
    if (isLoading()) return;
    observer.disconnect();
    then();
  });
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-busy"] });
}
