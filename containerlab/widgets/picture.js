/**
 * The traits that this widget reads.
 * @typedef {object} Traits
 * @property {string} html  the drawing, escaped by Python
 * @property {string} text  the drawing in words
 */

/** @param {{model: any, el: any}} view */
function render({ model, el: host }) {
  const root = el("div", { class: "cl-widget cl-picture" });
  host.append(root);
  const onStage = stage(root, (on) => on && !root.querySelector("[aria-pressed=true].cl-pick") && move(1, true));

  function draw() {
    root.replaceChildren(parse(model.get("html")));
    const tools = el("div", { class: "cl-tools" }, onStage.button);
    (root.querySelector(".cl > .cl-head") || root.firstElementChild || root).prepend(tools);
    root.dataset.drawn = "true";
  }

  /** @param {any} button */
  function select(button) {
    const already = button.getAttribute("aria-pressed") === "true";
    root.querySelectorAll(".cl-pick[aria-pressed=true]").forEach((other) => other.setAttribute("aria-pressed", "false"));
    const side = root.querySelector(".cl-side");
    const more = button.nextElementSibling;
    if (!side || !more) return;
    if (already && !root.classList.contains("cl-on-stage")) {
      side.replaceChildren(side.hint || "");
      side.classList.remove("cl-filled");
      return;
    }
    side.hint ??= side.firstElementChild;
    button.setAttribute("aria-pressed", "true");
    side.replaceChildren(...[...more.cloneNode(true).childNodes]);
    side.classList.add("cl-filled");
  }

  /** @param {number} by @param {boolean} [first] from the bottom of the stack */
  function move(by, first = false) {
    const all = [...root.querySelectorAll(".cl-pick")];
    if (!all.length) return;
    const active = root.getRootNode().activeElement;
    let at = all.findIndex((one) => one === active || (!all.includes(active) && one.getAttribute("aria-pressed") === "true"));
    at = first || at < 0 ? all.length - 1 : Math.min(Math.max(at + by, 0), all.length - 1);
    all[at].focus();
    if (root.classList.contains("cl-on-stage") && all[at].getAttribute("aria-pressed") !== "true") select(all[at]);
  }

  /** @param {any} event */
  function click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy !== undefined) copy(button);
    else if (button.classList.contains("cl-pick")) select(button);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const staged = root.classList.contains("cl-on-stage");
    const target = /** @type {any} */ (event.target);
    const picked = target.classList.contains("cl-pick");
    const by = { ArrowUp: -1, ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, PageUp: 1, PageDown: -1 }[event.key];
    const next = staged && event.key === " " && !picked ? -1 : by;
    if (next === undefined || !(picked || staged)) return;
    event.preventDefault();
    event.stopPropagation();
    move(next);
  }

  draw();
  root.addEventListener("click", click);
  root.addEventListener("keydown", key);
  model.on("change:html", draw);
  return () => {
    model.off("change:html", draw);
    onStage.end();
  };
}

export default { render };
