// What a page of messages needs beyond gradio; made here, so that no message ever carries a script.
(() => {
  const copyWidth = 64;

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".ww-new a, #ww-list a");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault(); // in this tab: gradio opens links in another
      location.assign(link.getAttribute("href"));
      return;
    }
    const summary = event.target.closest(".ww-code > summary");
    if (!summary || event.clientX < summary.getBoundingClientRect().right - copyWidth) return;
    event.preventDefault();
    if (!navigator.clipboard) return; // only on https and on this machine
    navigator.clipboard.writeText(summary.parentElement.querySelector("pre").textContent).then(() => {
      summary.classList.add("ww-copied");
      setTimeout(() => summary.classList.remove("ww-copied"), 1500);
    });
  });

  let folded = innerWidth >= 768;
  new MutationObserver(() => {
    // On a phone the panel beside the conversation would cover it.
    if (!folded && document.querySelector("#ww-side.open .toggle-button")) {
      folded = true; // once it has opened: gradio opens it a moment after it is there
      setTimeout(() => document.querySelector("#ww-side.open .toggle-button")?.click(), 500);
    }
    // The address names the conversation, so that a reload finds it again.
    const here = document.querySelector("#ww-list a.ww-here");
    const wanted = here && here.getAttribute("href");
    if (wanted && !location.search.includes(wanted.slice(1))) history.replaceState(null, "", wanted);
    // gradio reads a whole message out as its label, markup and all.
    for (const message of document.querySelectorAll('#ww-talk [aria-label*="message:"]')) {
      message.setAttribute("aria-label", message.dataset.testid === "user" ? "you" : "the agent");
    }
  }).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label", "class"],
  });
})();
