// Only comfort: the page reads, opens and prints without it. It writes no markup and reads no data.
"use strict";

const open_to = (details) => {
  for (let at = details; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  const summary = details.querySelector("summary");
  summary.focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
};

// The map: a node opens its own text in the outline. Other links open what they lead to, even where a search has hidden it.
for (const dot of document.querySelectorAll(".map a, a.opens")) {
  dot.addEventListener("click", (event) => {
    event.preventDefault();
    const details = document.getElementById(dot.getAttribute("href").slice(1)).closest("details");
    details.hidden = false;
    open_to(details);
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

// Curves to choose: a name shows or hides its curve; more than there are colours could not be told apart.
const COLOURS = 6, DODGE = 8;
for (const pick of document.querySelectorAll(".pick")) {
  const chips = [...pick.querySelectorAll("button[data-curve]")];
  const curves = [...pick.querySelectorAll("g[data-curve]")];
  const dodge = Number(pick.dataset.dodge ?? DODGE);
  const slots = chips.map((chip) => chip.getAttribute("aria-pressed") === "true" ? Number(chip.className.slice(7)) : null);
  const show = () => {
    const on = slots.map((slot, at) => (slot === null ? -1 : at)).filter((at) => at >= 0);
    slots.forEach((slot, at) => {
      const shown = slot !== null;
      const shift = (on.indexOf(at) - (on.length - 1) / 2) * dodge;
      curves[at].setAttribute("class", shown ? `series-${slot}` : "off");
      curves[at].setAttribute("transform", `translate(${shown ? shift : 0} 0)`);
      chips[at].className = shown ? `series-${slot}` : "";
      chips[at].setAttribute("aria-pressed", String(shown));
      chips[at].disabled = !shown && on.length >= COLOURS;
    });
  };
  chips.forEach((chip, at) => chip.addEventListener("click", () => {
    const free = [...Array(COLOURS).keys()].find((slot) => !slots.includes(slot));
    slots[at] = slots[at] === null ? free : null;
    show();
  }));
  show();
}

// Tables to sort: a heading sorts by its column, numbers from the largest; again turns it round.
const value_of = (row, column) => {
  const shown = row.cells[column].firstChild ? row.cells[column].firstChild.textContent : "";
  const number = parseFloat(shown.replace("−", "-").replace(/,/g, "").replace(/^[<+]\s*/, ""));
  return Number.isNaN(number) ? null : number;
};
for (const table of document.querySelectorAll(".sortable table")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("number");
      const now = head.getAttribute("aria-sort");
      const down = now ? now === "ascending" : numeric;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => {
        const order = down ? -1 : 1;
        if (!numeric) return order * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
        const [x, y] = [value_of(a, column), value_of(b, column)];
        if (x === null || y === null) return (x === null) - (y === null);
        return order * (x - y);
      });
      body.append(...rows);
    });
  });
}

// Lists to search: every word must stand in an entry; kinds choose among them, and they can be put in another order.
const made = (name, values) => Object.assign(document.createElement(name), values);
for (const finder of document.querySelectorAll(".finder")) {
  const entries = [...finder.querySelectorAll(":scope > details")];
  const texts = entries.map(() => null);
  const text_of = (at) => (texts[at] ??= entries[at].textContent.toLowerCase());
  const bar = made("div", { className: "find" });
  const field = made("input", { type: "search", placeholder: "words of a name, a problem, code …" });
  field.setAttribute("aria-label", "Find");
  const kinds = [...new Set(entries.map((entry) => entry.dataset.kind))];
  const kind = made("select");
  kind.setAttribute("aria-label", "Verdict");
  kind.append(new Option("every verdict", ""), ...kinds.map((name) => new Option(name, name)));
  const order = made("select");
  order.setAttribute("aria-label", "Order");
  order.append(...["in their order", "most complex first", "most used first"].map((name, at) => new Option(name, ["", "complexity", "uses"][at])));
  const count = made("output", { className: "small" });
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    entries.forEach((entry, at) => {
      const fits = (!kind.value || entry.dataset.kind === kind.value) && words.every((word) => text_of(at).includes(word));
      entry.hidden = !fits;
      shown += fits;
    });
    count.textContent = `${shown} of ${entries.length}`;
  };
  field.addEventListener("input", show);
  kind.addEventListener("change", show);
  order.addEventListener("change", () => {
    const by = order.value;
    const value = (entry) => Number(entry.dataset[by]);
    finder.append(...(by ? [...entries].sort((a, b) => value(b) - value(a)) : entries));
  });
  bar.append(field, ...(kinds.length > 1 ? [kind] : []), order, count);
  finder.prepend(bar);
  show();
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
