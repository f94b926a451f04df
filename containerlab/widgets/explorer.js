/**
 * The traits that this widget reads.
 * @typedef {object} Traits
 * @property {object} head  the image, its layers and the largest wastes
 * @property {object} view  the tree as it is first shown; later ones come as messages
 * @property {string} text  the same in words
 *
 * @typedef {{name: string, summary: string, ready: boolean, note: string, problem: string, opens: boolean,
 *   cheap: boolean, compares: boolean, layers: any[], wasted: string, share: string, wastes: any[], waste_count: number}} Head
 * @typedef {{layer: number, only: boolean, search: string, size: string, files: number, found?: number, rows: any[]}} View
 */

const SIGNS = { added: ["+", "cl-ok"], changed: ["~", "cl-warn"], removed: ["−", "cl-bad"], same: ["", "cl-wait"] };
const PATIENCE = 6000; // ms until a kernel that says nothing is called silent

/** @param {{model: any, el: any}} view */
function render({ model, el: host }) {
  const root = el("div", { class: "cl-widget cl-explorer" });
  host.append(root);
  const onStage = stage(root);
  /** @type {Head} */
  let head;
  /** @type {View | null} */
  let shown = null;
  let layer = 0, only = false, search = "", opened = {}, selected = "", asked = 0, latest = {}, timer = 0, typing = 0;

  const plate = el("div", { class: "cl-head" });
  const news = el("p", { class: "cl-news cl-hint", role: "status" });
  const stack = el("ol", { class: "cl-slabs cl-ex-stack", reversed: true, "aria-label": "Layers, the last one on top" });
  const range = el("input", { type: "range", min: 1, value: 1, "aria-label": "See the image as of layer", oninput: () => go(+range.value - 1) });
  const place = el("span", { class: "cl-ex-place cl-num" });
  const toggle = el("button", { class: "cl-tool", type: "button", "aria-pressed": "false", onclick: () => { only = !only; look(); } }, "Only its changes");
  const field = el("input", { type: "search", placeholder: "Search by name", "aria-label": "Search by name", maxlength: 200, oninput: later });
  const sum = el("p", { class: "cl-sum cl-ex-sum", role: "status" });
  const tree = el("div", { class: "cl-ex-tree", role: "tree", "aria-label": "Files" });
  const side = el("div", { class: "cl-side", role: "status" });
  const legend = el("p", { class: "cl-ex-legend" }, ["added", "changed", "removed"].map((kind) => sign(kind, kind, false)));
  const wastes = el("div", { class: "cl-ex-wastes" });
  root.append(
    plate, news,
    el("div", { class: "cl-ex-body" },
      el("div", { class: "cl-ex-left" }, stack, legend, wastes),
      el("div", { class: "cl-ex-main" },
        el("div", { class: "cl-ex-range" }, range, place),
        el("div", { class: "cl-ex-controls" }, sum, toggle, field),
        tree, side)));
  // JupyterLab takes the arrow keys for its own wherever one cannot type.
  range.addEventListener("keydown", (event) => event.stopPropagation());

  // -- what comes from the kernel ----------------------------------------------------------------------------------

  function ask(kind, question) {
    latest[kind] = ++asked;
    model.send({ kind, id: asked, ...question });
    clearTimeout(timer);
    timer = setTimeout(() => say("The kernel is busy or not running; folders and files open when it answers. After a restart, run the cell again."), PATIENCE);
  }

  /** @param {any} message */
  function answered(message) {
    if (message.id !== latest[message.kind]) return;
    clearTimeout(timer);
    if (message.problem) return message.kind === "view" ? say(message.problem) : details({ ...last, problem: message.problem });
    say(head.note);
    if (message.kind === "view") draw(message);
    else if (message.kind === "file") details(message);
    else details({ ...last, content: message });
  }

  const say = (text) => { news.textContent = text; news.hidden = !text; };

  // -- where one looks ---------------------------------------------------------------------------------------------

  function go(to) {
    layer = Math.min(Math.max(to, 0), head.layers.length - 1);
    look();
  }

  function look() {
    mark();
    if (head.ready) ask("view", { layer, only, opened, search });
  }

  function later() {
    clearTimeout(typing);
    typing = setTimeout(() => { search = field.value; look(); }, 150);
  }

  function select(key) {
    selected = key;
    tree.querySelectorAll("[aria-selected=true]").forEach((row) => row.setAttribute("aria-selected", "false"));
    const row = find(key);
    if (row) row.setAttribute("aria-selected", "true");
    ask("file", { key, layer });
  }

  /** Shows a wasted file where it is lost. @param {any} waste */
  function show(waste) {
    const parts = waste.key.split("/");
    parts.slice(0, -1).forEach((_, at) => { opened[parts.slice(0, at + 1).join("/")] ??= 200; });
    search = field.value = "";
    layer = waste.by;
    reveal = waste.key;
    look();
    select(waste.key);
  }
  let reveal = "";

  // -- drawing -----------------------------------------------------------------------------------------------------

  function drawHead() {
    head = model.get("head");
    plate.replaceChildren(
      el("span", { class: "cl-chip" }, el("b", {}, head.name)),
      el("span", { class: "cl-sum" }, head.summary),
      el("div", { class: "cl-tools" }, onStage.button));
    say(head.problem || (head.ready ? head.note : "The engine exports the image; its files appear here when it is done."));
    news.classList.toggle("cl-ex-problem", Boolean(head.problem));
    root.classList.toggle("cl-ex-waiting", !head.ready);
    toggle.textContent = head.compares ? "Only what differs" : "Only its changes";
    stack.replaceChildren(...head.layers.map(slab).reverse());
    range.max = head.layers.length;
    [range, toggle, field].forEach((one) => { one.disabled = !head.ready; });
    drawWastes();
  }

  /** @param {any} one @param {number} at */
  function slab(one, at) {
    const counts = [["added", one.added], ["changed", one.changed], ["removed", one.removed]].filter(([, count]) => count);
    const height = 30 + Math.round(10 * Math.log10(Math.max(one.bytes, 1000) / 1000));
    const [word, ...rest] = one.instruction.split(" ");
    const named = /^[A-Z]+$/.test(word) ? [el("b", {}, word), ` ${rest.join(" ")}`] : [one.instruction];
    const button = el("button", { class: "cl-pick", type: "button", "aria-pressed": "false", onclick: () => go(at) },
      el("span", { class: "cl-n" }, el("span", { class: "cl-sr" }, "layer "), at + 1),
      el("span", { class: "cl-ex-slab" },
        el("code", { class: "cl-ins", title: one.instruction }, ...named),
        el("span", { class: "cl-ex-counts" },
          counts.map(([kind, count]) => sign(kind, count.toLocaleString("en"))),
          one.flagged ? el("span", { class: "cl-bad cl-ex-count" }, `${one.flagged.toLocaleString("en")} suspicious`) : null,
          one.wasted ? el("span", { class: "cl-ex-count cl-hint" }, `${one.wasted} wasted`) : null,
          one.note ? el("span", { class: "cl-warn cl-ex-count" }, one.note) : null)),
      el("span", { class: "cl-size" }, one.size));
    const item = el("li", { class: `cl-slab${one.base ? " cl-is-base" : ""}` }, button);
    item.style.setProperty("--cl-h", `${height}px`);
    return item;
  }

  /** A state: colour, sign and word together. */
  function sign(kind, text = "", said = true) {
    const [letter, tone] = SIGNS[kind];
    return el("span", { class: `cl-ex-count ${tone}` }, el("b", { "aria-hidden": "true" }, letter), text ? el("span", {}, text) : null, said ? el("span", { class: "cl-sr" }, ` ${kind}`) : null);
  }

  function mark() {
    const count = head.layers.length;
    range.value = layer + 1;
    place.textContent = head.compares ? head.layers[layer].instruction : `layer ${layer + 1} of ${count}`;
    range.setAttribute("aria-valuetext", place.textContent);
    toggle.setAttribute("aria-pressed", String(only));
    [...stack.children].forEach((item, at) => {
      const number = count - 1 - at;
      item.firstElementChild.setAttribute("aria-pressed", String(number === layer));
      item.classList.toggle("cl-ex-above", number > layer);
    });
  }

  /** @param {View} view */
  function draw(view) {
    if (!view || !view.rows) return;
    shown = view;
    layer = view.layer;
    mark();
    const held = tree.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement.dataset.key : null;
    const count = view.found ?? 0;
    sum.textContent = view.search
      ? `${count.toLocaleString("en")} found${count > view.rows.length ? `, the first ${view.rows.length} shown` : ""}`
      : head.compares ? (layer ? `${view.only ? "what differs" : "all files"}: ${view.size}` : `all files: ${view.size}`)
      : view.only ? `what layer ${layer + 1} changed: ${view.size}` : `what one sees at layer ${layer + 1}: ${view.files.toLocaleString("en")} files, ${view.size}`;
    tree.replaceChildren(...view.rows.map(row));
    tree.hidden = !view.rows.length;
    if (!view.rows.length) sum.textContent = view.search ? "nothing here has that in its name" : view.only ? head.compares ? "no file differs" : `layer ${layer + 1} changes no files` : "no files";
    const first = find(held ?? selected) || tree.querySelector("[role=treeitem]");
    if (first) first.tabIndex = 0;
    if (held !== null && first) first.focus({ preventScroll: true });
    if (reveal) {
      const found = find(reveal);
      if (found) tree.scrollTop = found.offsetTop - tree.clientHeight / 2;
      reveal = "";
    }
    root.dataset.drawn = String(layer + 1);
  }

  /** @param {any} one */
  function row(one) {
    if (one.more !== undefined) {
      const more = el("div", { class: "cl-ex-row cl-ex-more", role: "treeitem", tabindex: -1, "aria-level": one.level, "aria-selected": "false" },
        el("span", {}), el("span", { class: "cl-ex-name" }, `${one.left.toLocaleString("en")} more…`));
      more.dataset.key = `${one.more}/…`;
      more.dataset.more = one.more;
      more.dataset.next = one.next;
      more.style.setProperty("--cl-level", one.level);
      return more;
    }
    const folder = one.kind === "folder";
    const node = el("div", {
      class: `cl-ex-row cl-ex-${one.state}`, role: "treeitem", tabindex: -1, "aria-level": one.level,
      "aria-selected": String(one.key === selected), "aria-expanded": one.open !== undefined && !shown?.search ? String(one.open) : null,
    },
      one.state === "same" ? el("span", {}) : sign(one.state),
      el("span", { class: `cl-ex-name${folder ? " cl-ex-folder" : ""}` },
        el("i", { class: "cl-ex-twist", "aria-hidden": "true" }),
        el("code", {}, one.name, folder ? "/" : ""),
        one.link ? el("span", { class: "cl-ex-link" }, one.kind === "hardlink" ? "same file as " : "→ ", el("code", {}, one.link)) : null,
        one.flag ? el("span", { class: "cl-bad cl-ex-flag" }, one.flag) : null),
      el("span", { class: "cl-ex-touched" }, (one.touched || []).map((count, at) => count ? sign(["added", "changed", "removed"][at], count.toLocaleString("en")) : null)),
      el("span", { class: "cl-ex-size cl-num" }, one.size),
      el("code", { class: "cl-ex-mode" }, one.mode, " ", el("span", { class: "cl-hint" }, one.owner)));
    node.dataset.key = one.key;
    node.style.setProperty("--cl-level", one.level);
    return node;
  }

  const find = (key) => (key ? [...tree.children].find((node) => node.dataset?.key === key) : undefined);

  let last = {};
  /** @param {any} one */
  function details(one) {
    last = one;
    if (!one.path) {
      side.replaceChildren(el("p", { class: "cl-hint" }, one.problem || "Select a file: its mode, its owner, its text, and which layers tell of it."));
      return;
    }
    const facts = el("dl", {}, one.facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
    const story = el("ul", { class: "cl-ex-story" }, one.story.map(([at, did, how]) =>
      el("li", {}, sign(did), el("span", {}, head.compares ? did : `${did} by layer ${at + 1}`), el("code", {}, how))));
    const text = el("div", { class: "cl-ex-content" });
    const mine = one.content && one.content.key === one.key ? one.content : null;
    if (one.problem) text.append(el("p", { class: "cl-bad cl-ex-flag" }, one.problem));
    else if (mine) {
      if (mine.text) text.append(el("pre", { class: "cl-code", tabindex: 0, "aria-label": "Content" }, mine.text));
      if (mine.note) text.append(el("p", { class: "cl-hint" }, mine.note));
    } else if (one.file && head.opens) {
      if (head.cheap) ask("content", { key: one.key, layer: one.from });
      else text.append(el("button", { class: "cl-tool", type: "button", onclick: () => { say("The engine exports the image once more…"); ask("content", { key: one.key, layer: one.from }); } }, "Show its text"),
        el("span", { class: "cl-hint" }, " the engine exports the image once more"));
    }
    side.replaceChildren(
      el("p", { class: "cl-ex-path" }, el("code", {}, `/${one.path}`), one.gone ? el("span", { class: "cl-bad cl-ex-flag" }, head.compares ? "not in this image" : "not to be seen at this layer") : null),
      el("div", { class: "cl-ex-facts" }, facts, story), text);
  }

  function drawWastes() {
    if (!head.ready || head.compares) return wastes.replaceChildren();
    const list = el("ul", {}, head.wastes.map((waste) =>
      el("li", {}, el("button", { type: "button", class: "cl-ex-waste", onclick: () => show(waste) },
        el("code", {}, waste.path), el("span", { class: "cl-num" }, waste.size),
        el("span", { class: "cl-hint" }, `made by ${waste.made}`), el("span", { class: "cl-hint" }, `${waste.how} by ${waste.lost}`)))));
    const rest = head.waste_count - head.wastes.length;
    wastes.replaceChildren(...(head.wastes.length
      ? [el("p", { class: "cl-title" }, `Wasted: ${head.wasted}`, el("span", { class: "cl-thin" }, head.share)),
        el("p", { class: "cl-hint" }, "Bytes of files that a later layer replaces or deletes. They stay in the image; nobody sees them."),
        el("div", { class: "cl-scroll", tabindex: 0, role: "group", "aria-label": "Largest wastes" }, list),
        rest > 0 ? el("p", { class: "cl-hint" }, `and ${rest.toLocaleString("en")} smaller ones`) : null].filter(Boolean)
      : [el("p", { class: "cl-hint" }, "Nothing wasted: no layer hides or deletes a file of another.")]));
  }

  // -- keys and clicks ---------------------------------------------------------------------------------------------

  /** @param {any} node */
  function act(node) {
    if (node.dataset.more !== undefined) {
      opened[node.dataset.more] = +node.dataset.next;
      return look();
    }
    if (node.hasAttribute("aria-expanded")) turn(node, node.getAttribute("aria-expanded") !== "true");
    select(node.dataset.key);
  }

  function turn(node, open) {
    if (open) opened[node.dataset.key] ??= 200;
    else delete opened[node.dataset.key];
    node.setAttribute("aria-expanded", String(open));
    look();
  }

  function key(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...tree.querySelectorAll("[role=treeitem]")];
    const at = rows.indexOf(node);
    const open = node.getAttribute("aria-expanded");
    let to = null;
    if (event.key === "ArrowDown") to = rows[at + 1];
    else if (event.key === "ArrowUp") to = rows[at - 1];
    else if (event.key === "Home") to = rows[0];
    else if (event.key === "End") to = rows.at(-1);
    else if (event.key === "ArrowRight" && open === "false") turn(node, true);
    else if (event.key === "ArrowRight" && open === "true") to = rows[at + 1];
    else if (event.key === "ArrowLeft" && open === "true") turn(node, false);
    else if (event.key === "ArrowLeft") to = rows.slice(0, at).reverse().find((one) => +one.ariaLevel < +node.ariaLevel);
    else if (event.key === "Enter" || event.key === " ") act(node);
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (to) focus(to);
  }

  function focus(node) {
    tree.querySelectorAll("[tabindex='0']").forEach((one) => { one.tabIndex = -1; });
    node.tabIndex = 0;
    node.focus();
  }

  function click(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node) return;
    focus(node);
    act(node);
  }

  function refill() {
    drawHead();
    layer = head.layers.length - 1;
    only = model.get("view").only || false;
    draw(model.get("view"));
    mark();
    details({});
  }

  tree.addEventListener("click", click);
  tree.addEventListener("keydown", key);
  model.on("change:head", refill);
  model.on("change:view", refill);
  model.on("msg:custom", answered);
  refill();
  return () => {
    clearTimeout(timer);
    clearTimeout(typing);
    model.off("change:head", refill);
    model.off("change:view", refill);
    model.off("msg:custom", answered);
    onStage.end();
  };
}

export default { render };
