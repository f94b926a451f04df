// Shared by all widgets: elements from text, a guard for markup, copying, a polite voice, the stage.

/** An element; children are nodes or text, never markup.
 * @param {string} name @param {Record<string, any>} [attributes] @param {...any} children @returns {any} */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick" || key === "oninput" || key === "onchange") node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, String(value));
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const FORBIDDEN = "script,style,iframe,object,embed,link,meta,base,form,img,image,video,audio,foreignObject,a,use,animate,set";

/** Markup of a drawing as nodes. Python has escaped it; whatever could act or fetch is dropped once more.
 * @param {string} html @returns {DocumentFragment} */
function parse(html) {
  const inert = new DOMParser().parseFromString(html, "text/html");
  inert.querySelectorAll(FORBIDDEN).forEach((node) => node.remove());
  for (const node of inert.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      const acts = /^on|href|src|action|formaction|ping|background/i.test(name);
      if (acts || (name === "style" && !/^(--cl-[a-z]+:[-0-9.]+(px|%|s)?;?)+$/.test(value))) node.removeAttribute(name);
    }
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...inert.body.childNodes);
  return fragment;
}

/** Copy the whole of an id; the button says that it did. @param {any} button */
async function copy(button) {
  const full = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(full);
  } catch {
    const field = el("textarea", { "aria-hidden": "true", class: "cl-sr" });
    field.value = full;
    button.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.classList.add("cl-copied");
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    button.classList.remove("cl-copied");
    button.setAttribute("aria-label", label);
  }, 1200);
}

/** Whether motion is unwanted. */
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A button that puts the widget on the stage: full screen, larger, the step in focus. Escape leaves.
 * @param {any} root @param {(on: boolean) => void} [changed] @returns {{button: any, end: () => void}} */
function stage(root, changed = () => {}) {
  const button = el("button", { class: "cl-tool cl-stage-button", type: "button", "aria-pressed": "false" }, "Stage");
  button.title = "Full screen, for a projector. Escape leaves.";
  let scroller = null, top = 0;
  const on = () => document.fullscreenElement === root;
  const toggle = async () => {
    if (on()) return document.exitFullscreen();
    scroller = root.closest(".jp-WindowedPanel-outer, .jp-Notebook") || document.scrollingElement;
    top = scroller ? scroller.scrollTop : 0;
    await root.requestFullscreen();
  };
  const follow = () => {
    root.classList.toggle("cl-on-stage", on());
    button.setAttribute("aria-pressed", String(on()));
    if (!on() && scroller) scroller.scrollTop = top;
    changed(on());
  };
  button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", follow);
  return { button, end: () => document.removeEventListener("fullscreenchange", follow) };
}
