/**
 * The traits that this widget reads.
 * @typedef {object} Traits
 * @property {string} title  what is built
 * @property {string} builder  which builder the steps are foreseen for
 * @property {string} dockerfile  the Dockerfile's text; written by the student
 * @property {object} files  the small files of the context by name; written by the student
 * @property {object[]} rows  the steps: number, line, text, silent, guess, oracle, tone, word, why, engine
 * @property {string} problem  why the text is no Dockerfile; "" while it is one
 * @property {string} notice  what limits the oracle on this engine
 * @property {boolean} ask  whether a guess comes first
 * @property {boolean} committed  whether the guess was made
 * @property {object} guesses  "hit" or "miss" by the step's number
 * @property {string} state  "open", "building", "built" or "failed"
 * @property {string} score  the outcome in a sentence
 * @property {object[]} edits  file and times a day
 * @property {object[]} orders  steps, time, part, current, text
 * @property {string} advice  the orders in a sentence
 * @property {string} text  the same in words
 */

/** @param {{model: any, el: any}} view */
function render({ model, el: host }) {
  const root = el("div", { class: "cl-widget cl cl-playground" });
  const body = el("div", { class: "cl-play" });
  let open = "Dockerfile";
  let waiting = 0;

  const state = (tone, word) => el("span", { class: `cl-state cl-${tone}` }, el("i", { class: "cl-mark", "aria-hidden": "true" }), el("span", {}, word));
  const tones = { hit: "ok", miss: "done", unknown: "wait", failed: "bad" };

  // -- the editor: one text area, a tab for each file ---------------------------------------------------------------
  const tabs = el("div", { class: "cl-play-tabs", role: "tablist", "aria-label": "Files" });
  const area = el("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", id: `cl-play-${Math.random().toString(36).slice(2)}` });
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...tabs.children], at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    all[(at + step + all.length) % all.length].click();
    tabs.querySelector('[aria-selected="true"]').focus();
  });
  // JupyterLab's shortcuts are not for what is typed here.
  area.addEventListener("keydown", (event) => event.stopPropagation());

  const content = () => (open === "Dockerfile" ? model.get("dockerfile") : model.get("files")[open] ?? "");

  function drawTabs() {
    const names = ["Dockerfile", ...Object.keys(model.get("files")).sort()];
    if (!names.includes(open)) open = "Dockerfile";
    tabs.replaceChildren(...names.map((name) => {
      const mine = name === open;
      return el("button", { type: "button", role: "tab", "aria-selected": String(mine), "aria-controls": area.id, tabindex: mine ? 0 : -1, onclick: () => { send(); open = name; drawTabs(); } }, name);
    }));
    area.setAttribute("aria-label", open);
    if (area.value !== content()) area.value = content();
  }

  function send() {
    clearTimeout(waiting);
    if (area.value === content()) return;
    if (open === "Dockerfile") model.set("dockerfile", area.value);
    else model.set("files", { ...model.get("files"), [open]: area.value });
    model.save_changes();
  }
  // A key stroke is sent at once, or 30 ms after the last where they come faster.
  area.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(send, 30); });

  // -- the steps ----------------------------------------------------------------------------------------------------
  const list = el("ol", { class: "cl-play-rows", "aria-label": "Steps" });
  const problem = el("p", { class: "cl-play-problem", role: "status" });
  const guessing = () => model.get("ask") && !model.get("committed");

  function guessBox(row) {
    const option = (word) => {
      const box = el("input", { type: "radio", name: `${area.id}-${row.number}`, value: word, onchange: () => {
        model.set("guesses", { ...model.get("guesses"), [row.number]: word });
        model.save_changes();
      } });
      box.checked = model.get("guesses")[row.number] === word;
      return el("label", {}, box, word);
    };
    return el("fieldset", { class: "cl-guess" }, el("legend", { class: "cl-sr" }, `Your guess for ${row.text}`), option("hit"), option("miss"));
  }

  function drawRows() {
    const asks = guessing(), had = list.contains(document.activeElement) ? document.activeElement.name + document.activeElement.value : "";
    list.replaceChildren(...model.get("rows").map((row) => {
      const mark = row.silent ? el("span", { class: "cl-hint" }, row.oracle === "skipped" ? "not built" : "no step") : state(row.tone, row.word);
      const below = asks && !row.silent ? guessBox(row) : row.why && !row.silent ? el("span", { class: "cl-why" }, row.why) : null;
      return el("li", { class: row.silent ? "cl-silent" : `cl-${row.tone}`, "data-outcome": row.oracle, "data-number": row.number, title: row.silent ? row.why : null },
        el("span", { class: "cl-n" }, row.line), el("code", { class: "cl-text" }, row.text), mark, below);
    }));
    if (had) [...list.querySelectorAll("input")].find((box) => box.name + box.value === had)?.focus();
    const text = model.get("problem");
    problem.textContent = text;
    problem.hidden = !text;
    list.classList.toggle("cl-thin", Boolean(text));
  }

  // -- build and score ----------------------------------------------------------------------------------------------
  const build = el("button", { type: "button", class: "cl-tool cl-play-main", onclick: () => { send(); model.send({ kind: "build" }); } }, "Build");
  const commit = el("button", { type: "button", class: "cl-tool", onclick: () => { model.set("committed", true); model.save_changes(); } }, "That is my guess");
  const said = el("span", { role: "status" });
  const notice = el("p", { class: "cl-note" });
  const outcome = el("div", {});

  function drawBar() {
    const now = model.get("state"), asks = guessing();
    const missing = model.get("rows").filter((row) => !row.silent && !model.get("guesses")[row.number]).length;
    build.disabled = now === "building" || Boolean(model.get("problem")) || asks;
    commit.hidden = !asks;
    commit.disabled = missing > 0;
    said.textContent = now === "building" ? "The engine builds…" : asks ? (missing ? `Guess each step first; ${missing} to go.` : "Now say that this is your guess.") : model.get("score");
    notice.textContent = model.get("notice");
    notice.hidden = !model.get("notice");
    root.dataset.state = now;
  }

  function drawOutcome() {
    const now = model.get("state");
    if (now !== "built" && now !== "failed") return outcome.replaceChildren();
    const cell = (word) => el("td", {}, word ? state(tones[word] ?? "wait", word) : "–");
    const rows = model.get("rows").filter((row) => !row.silent).map((row) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, row.text)), cell(row.guess), cell(row.oracle), cell(row.engine)));
    const head = el("tr", {}, ...["step", "you", "oracle", "engine"].map((word) => el("th", { scope: "col" }, word)));
    outcome.replaceChildren(el("table", { class: "cl-table", "aria-label": "You, the oracle and the engine" }, el("thead", {}, head), el("tbody", {}, rows)));
  }

  // -- the order ------------------------------------------------------------------------------------------------------
  const edits = el("div", { class: "cl-play-edits" });
  const orders = el("ol", { class: "cl-play-order", "aria-label": "Orders, the cheapest first" });
  const advice = el("p", { role: "status" });

  function drawEdits() {
    if (edits.contains(document.activeElement)) return;
    edits.replaceChildren(...model.get("edits").map((one, at) => {
      const times = el("input", { type: "number", min: 0, max: 1000, step: "any", value: one.times, onchange: () => {
        model.set("edits", model.get("edits").map((other, place) => (place === at ? { ...other, times: Number(times.value) || 0 } : other)));
        model.save_changes();
      } });
      times.addEventListener("keydown", (event) => event.stopPropagation());
      return el("label", {}, el("code", {}, one.file), times, "times a day");
    }));
  }

  function drawOrders() {
    advice.textContent = model.get("advice");
    orders.replaceChildren(...model.get("orders").map((one) => {
      const use = el("button", { type: "button", class: "cl-tool", onclick: () => { model.set("dockerfile", one.text); model.save_changes(); drawTabs(); } }, "Use it");
      return el("li", {}, el("b", { class: "cl-num" }, `${one.time} a day`), el("span", { class: "cl-steps" }, el("code", {}, one.steps.join(" → "))),
        one.current ? el("span", { class: "cl-hint" }, "as written") : use, el("span", { class: "cl-bar", style: null, "aria-hidden": "true" }));
    }));
    [...orders.children].forEach((row, at) => row.querySelector(".cl-bar").style.setProperty("--cl-part", model.get("orders")[at].part));
  }

  const compare = el("button", { type: "button", class: "cl-tool", onclick: () => { send(); model.send({ kind: "orders" }); } }, "Compare the orders");
  const adviser = el("div", { class: "cl-play-orders" }, el("details", {}, el("summary", {}, "What would another order cost?"),
    el("p", { class: "cl-hint" }, "How often a day do you edit each file? The times of the steps are those that the engine took here."), edits, compare, advice, orders));

  const drawTitle = () => title.replaceChildren(el("span", { class: "cl-chip" }, el("b", {}, model.get("title"))), el("span", { class: "cl-hint" }, model.get("builder")));
  const title = el("span", { class: "cl-head" });
  const onStage = stage(root);
  const head = el("div", { class: "cl-head" }, title, el("span", { class: "cl-tools" }, onStage.button));
  body.append(head, el("div", { class: "cl-play-cols" }, el("div", {}, tabs, area), el("div", {}, problem, list)), notice, el("div", { class: "cl-play-bar" }, build, commit, said), outcome, adviser);
  root.append(body);
  host.append(root);

  const steps = () => { drawRows(); drawBar(); drawOutcome(); };
  const watched = {
    "change:title change:builder": drawTitle,
    "change:dockerfile change:files": drawTabs,
    "change:rows change:problem change:ask change:committed": steps,
    "change:guesses change:score change:notice": drawBar,
    "change:state": () => { drawBar(); drawOutcome(); },
    "change:edits": drawEdits,
    "change:orders change:advice": drawOrders,
  };
  drawTitle(); drawTabs(); steps(); drawEdits(); drawOrders();
  for (const [events, act] of Object.entries(watched)) model.on(events, act);
  return () => {
    clearTimeout(waiting);
    onStage.end();
    for (const [events, act] of Object.entries(watched)) model.off(events, act);
  };
}

export default { render };
