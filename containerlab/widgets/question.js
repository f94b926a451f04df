/**
 * The traits that this widget reads.
 * @typedef {object} Traits
 * @property {string} prompt  the question
 * @property {string[]} options  what can be chosen
 * @property {string} kind  "one" or "many"
 * @property {string[]} answer  what the student chose
 * @property {string[]|null} truth  what the engine proved; null until it has spoken
 * @property {string} note  a sentence under the outcome
 */

let groups = 0;

/** @param {{model: any, el: any}} view */
function render({ model, el: host }) {
  const group = `cl-question-${++groups}`;
  const root = el("div", { class: "cl-widget cl cl-question" });
  host.append(root);
  const onStage = stage(root);
  const tools = () => el("div", { class: "cl-tools" }, onStage.button);

  const state = (tone, word) => el("span", { class: `cl-state cl-${tone}${tone === "ok" ? " cl-check" : ""}` }, el("i", { class: "cl-mark", "aria-hidden": "true" }), el("span", {}, word));

  function choose() {
    const chosen = [...root.querySelectorAll("input:checked")].map((box) => model.get("options")[+box.value]);
    model.set("answer", chosen);
    model.save_changes();
  }

  function open() {
    const one = model.get("kind") === "one";
    const options = model.get("options").map((option, index) => {
      const box = el("input", { type: one ? "radio" : "checkbox", name: group, value: index, onchange: choose });
      box.checked = model.get("answer").includes(option);
      return el("label", { class: "cl-option" }, box, el("span", {}, option));
    });
    const legend = el("legend", {}, state("mine", "Predict"), el("span", { class: "cl-prompt" }, model.get("prompt")));
    const told = el("p", { class: "cl-hint", role: "status" });
    root.replaceChildren(tools(), el("fieldset", {}, legend, one ? null : el("p", { class: "cl-hint" }, "Choose all that apply."), el("div", { class: "cl-options" }, options)), told);
    root.dataset.state = "open";
    mark();
  }

  function mark() {
    const answer = model.get("answer");
    root.querySelectorAll("input").forEach((box) => (box.checked = answer.includes(model.get("options")[+box.value])));
    const told = root.querySelector("[role=status]");
    if (told) told.textContent = answer.length ? "Noted. You can change it until you run the next cell." : "Choose before you run the next cell.";
  }

  function locked() {
    const answer = model.get("answer"), truth = model.get("truth");
    const extra = truth.filter((one) => !model.get("options").includes(one));
    const rows = [...model.get("options"), ...extra].map((option) => {
      const mine = answer.includes(option), theirs = truth.includes(option);
      return el("tr", { class: theirs ? "cl-true" : mine ? "cl-wrong" : "" }, el("th", { scope: "row" }, option), el("td", {}, mine ? state("mine", "you") : null), el("td", {}, theirs ? state("ok", "the engine") : null));
    });
    const right = answer.length === truth.length && answer.every((one) => truth.includes(one));
    const verdict = !answer.length ? state("wait", "No prediction was made.") : right ? state("ok", "The engine agrees with you.") : state("warn", "The engine says otherwise.");
    const head = el("tr", {}, el("th", { scope: "col" }, "answer"), el("th", { scope: "col" }, "your prediction"), el("th", { scope: "col" }, "the engine"));
    const table = el("table", { class: "cl-table", "aria-label": model.get("prompt") }, el("thead", {}, head), el("tbody", {}, rows));
    const note = model.get("note");
    root.replaceChildren(tools(), el("p", { class: "cl-prompt" }, model.get("prompt")), table, el("p", { class: "cl-verdict", role: "status" }, verdict), note ? el("p", { class: "cl-note" }, note) : "");
    root.dataset.state = "locked";
  }

  const draw = () => (model.get("truth") === null ? open() : locked());
  const answered = () => (model.get("truth") === null ? mark() : locked());
  draw();
  model.on("change:truth change:note change:options change:prompt", draw);
  model.on("change:answer", answered);
  return () => {
    model.off("change:truth change:note change:options change:prompt", draw);
    model.off("change:answer", answered);
    onStage.end();
  };
}

export default { render };
