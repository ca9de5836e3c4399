// Only comfort: the page reads, opens and prints without it. It writes no markup and reads no data.
"use strict";

const open_to = (details) => {
  for (let at = details; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  const summary = details.querySelector("summary");
  summary.focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
};

// The map: a node opens its own text in the outline.
for (const dot of document.querySelectorAll(".map a")) {
  dot.addEventListener("click", (event) => {
    event.preventDefault();
    open_to(document.getElementById(dot.getAttribute("href").slice(1)).closest("details"));
  });
}

// The outline: arrows walk, left closes or goes to the parent, right opens or goes to the first child.
const walk = (event, tree) => {
  const summary = event.target.closest("details.node > summary");
  if (!summary) return;
  const details = summary.parentElement;
  const all = [...tree.querySelectorAll("details.node > summary")];
  const at = all.indexOf(summary);
  const outer = details.parentElement.parentElement.closest("li");
  const child = details.parentElement.querySelector(":scope > ul details.node > summary");
  const parent = outer && outer.querySelector(":scope > details.node > summary");
  const go = {
    ArrowDown: () => all[at + 1],
    ArrowUp: () => all[at - 1],
    Home: () => all[0],
    End: () => all[all.length - 1],
    ArrowRight: () => (details.open ? child : ((details.open = true), summary)),
    ArrowLeft: () => (details.open ? ((details.open = false), summary) : parent),
  }[event.key];
  if (!go) return;
  event.preventDefault();
  const target = go();
  if (target) target.focus();
};

for (const tree of document.querySelectorAll(".tree")) {
  tree.addEventListener("keydown", (event) => walk(event, tree));
  const nodes = [...tree.querySelectorAll("details.node")];
  const button = document.createElement("button");
  const name = () => (button.textContent = nodes.every((node) => node.open) ? "Close all nodes" : "Open all nodes");
  button.type = "button";
  button.addEventListener("click", () => {
    const opened = !nodes.every((node) => node.open);
    for (const node of nodes) node.open = opened;
    name();
  });
  for (const node of nodes) node.addEventListener("toggle", () => {
    const dot = tree.querySelector(`.map a[href="#${node.lastElementChild.id}"]`);
    if (dot) dot.classList.toggle("dot-open", node.open);
    name();
  });
  name();
  tree.insertBefore(button, tree.querySelector("ul"));
}

// Paper cannot be opened: print everything, then put it back.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

document.documentElement.classList.add("ready");
