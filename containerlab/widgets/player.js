/**
 * The traits that this widget reads.
 * @typedef {object} Traits
 * @property {object} frames  the build: head, steps, order (containerlab.draw.player.frames)
 * @property {string} text  the build in words
 * @property {boolean} live  the engine is still building; patches come as messages
 */

const CATCH_UP = 4000; // ms: a build that was faster than the eye is shown in at most this time
const SPEEDS = [0.5, 1, 2, 4];

/** @param {{model: any, el: any}} view */
function render({ model, el: host }) {
  /** @type {any} */ let build = {};
  let at = 0; // how many steps, in the order of play, have ended
  let active = false; // the step at `at` is being shown as it runs
  let picked = -1; // a step that the student chose, -1: the one in focus
  let playing = false, following = false, speed = 1, timer = 0, redraw = 0;
  /** @type {Map<number, any>} */ const rows = new Map();

  const title = el("b"), id = el("code"), state = el("span"), sum = el("span", { class: "cl-sum" });
  const copyId = el("button", { class: "cl-copy", type: "button", "aria-label": "Copy the image's id" });
  const idChip = el("span", { class: "cl-id" }, id, copyId);
  const saved = el("div", { class: "cl-saved" });
  const button = (name, label, act) => el("button", { class: `cl-tool cl-${name}`, type: "button", "aria-label": label, onclick: act });
  const back = button("back", "Step back", () => go(at - (active ? 0 : 1)));
  const play = button("play", "Play", () => (playing ? pause() : start()));
  const forward = button("forward", "Step forward", () => go(at + 1));
  const scrub = el("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": "Step of the build", oninput: () => go(+scrub.value) });
  const count = el("span", { class: "cl-count" });
  const faster = el("select", { "aria-label": "Speed", onchange: () => (speed = +faster.value) }, SPEEDS.map((one) => el("option", { value: one, selected: one === 1 }, `${one}×`)));
  const list = el("ol", { class: "cl-steps" });
  const pileTitle = el("div", { class: "cl-cap" }), pile = el("ol", { class: "cl-slabs", reversed: true, tabindex: 0, "aria-label": "The image so far, newest layer first" });
  const logTitle = el("div", { class: "cl-cap" }), origin = el("p", { class: "cl-origin cl-ok" }), log = el("pre", { class: "cl-log", tabindex: 0, role: "group", "aria-label": "Output of the step" });
  const failure = el("p", { class: "cl-failure cl-bad" }), voice = el("div", { class: "cl-sr", role: "status" });
  const hint = el("p", { class: "cl-hint" }, "The steps of the build appear here as the engine reports them.");
  const root = el("div", { class: "cl-widget cl cl-player", role: "group" });
  const onStage = stage(root, () => schedule());
  const controls = el("div", { class: "cl-controls", role: "group", "aria-label": "Play the build" }, back, play, forward, scrub, count, faster);
  const body = el("div", { class: "cl-body" }, list, el("div", { class: "cl-pile" }, pileTitle, pile), el("div", { class: "cl-output" }, logTitle, origin, log));
  root.append(el("div", { class: "cl-head" }, el("div", { class: "cl-tools" }, onStage.button), el("span", { class: "cl-chip" }, title, idChip), state, sum), saved, controls, hint, body, failure, voice);
  host.append(root);

  const steps = () => build.steps || [];
  const order = () => build.order || [];
  const ended = () => build.state && build.state !== "running";
  const current = () => (picked >= 0 ? picked : order()[active ? at : at - 1] ?? -1);

  /** How a step looks at this moment of the play. @param {number} index @param {number} place */
  function look(index, place) {
    const step = steps()[index];
    if (place >= 0 && place < at) return step;
    if (place === at && active) return ended() || step.state !== "running" ? { ...step, tone: "run", word: "running", time: "", state: "running" } : step;
    return { ...step, tone: "wait", word: place < 0 ? step.word : "waiting", time: "", bar: 0, state: "waiting" };
  }

  function row(index) {
    const parts = { mark: el("span"), number: el("span", { class: "cl-n" }), key: el("b"), rest: el("span"), time: el("span", { class: "cl-size" }), bar: el("span", { class: "cl-bar" }), track: el("span", { class: "cl-track", "aria-hidden": "true" }) };
    parts.track.append(parts.bar);
    parts.button = el("button", { class: "cl-step", type: "button", onclick: () => { pause(); picked = picked === index ? -1 : index; draw(); } }, parts.mark, parts.number, el("code", { class: "cl-ins" }, parts.key, " ", parts.rest), parts.time, parts.track);
    parts.item = el("li", {}, parts.button);
    list.append(parts.item);
    rows.set(index, parts);
    return parts;
  }

  /** @param {any} node @param {string} value */
  const say = (node, value) => node.textContent !== value && (node.textContent = value);

  function mark(node, tone, word, alone = false) {
    const key = `${tone}|${word}|${alone}`;
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    node.className = `cl-state cl-${tone}`;
    node.replaceChildren(el("i", { class: "cl-mark", "aria-hidden": "true" }), el("span", alone ? { class: "cl-sr" } : {}, word));
  }

  function drawRows() {
    const places = new Map(order().map((index, place) => [index, place]));
    while (rows.size > steps().length) { rows.get(rows.size - 1).item.remove(); rows.delete(rows.size - 1); }
    steps().forEach((step, index) => {
      const parts = rows.get(index) || row(index);
      const seen = look(index, places.has(index) ? places.get(index) : -1);
      mark(parts.mark, seen.tone, seen.word);
      say(parts.number, `${step.number}/${steps().length}`);
      say(parts.key, step.keyword);
      say(parts.rest, step.rest);
      say(parts.time, seen.time);
      const running = seen.state === "running";
      parts.track.className = `cl-track cl-${running ? "run" : seen.tone}${running ? " cl-moving" : ""}`;
      parts.bar.style.setProperty("--cl-w", `${100 * (seen.bar || 0)}%`);
      const focus = index === current();
      parts.item.className = `${focus ? "cl-focus" : ""} ${seen.state === "cached" && index === order()[at - 1] && !active ? "cl-flash" : ""}`;
      if (focus) parts.button.setAttribute("aria-current", "step");
      else parts.button.removeAttribute("aria-current");
    });
  }

  function drawPile() {
    const last = order()[active ? at : at - 1];
    const stage = last === undefined ? "" : steps()[last].stage;
    const shown = order().slice(0, at).filter((index) => steps()[index].stage === stage).sort((a, b) => a - b);
    say(pileTitle, stage && new Set(steps().map((step) => step.stage)).size > 1 ? `the image so far · stage ${stage}` : "the image so far");
    const had = new Map([...pile.children].map((item) => [item.dataset.step, item]));
    const wanted = [];
    for (const index of shown) {
      const step = steps()[index];
      if (step.state === "failed" || step.state === "cancelled") continue;
      const key = `${index}|${step.layer ? step.layer.id + step.layer.size : ""}|${step.metadata}`;
      let item = had.get(key);
      if (!item) {
        item = slab(step);
        item.dataset.step = key;
        if (index === last) item.classList.add("cl-arrive");
      } else if (index !== last) item.classList.remove("cl-arrive");
      wanted.unshift(item);
    }
    const same = wanted.length === pile.children.length && wanted.every((item, place) => pile.children[place] === item);
    if (!same) pile.replaceChildren(...wanted);
  }

  function slab(step) {
    const from = step.keyword === "FROM";
    const text = el("code", { class: "cl-ins" }, el("b", {}, step.keyword), " ", step.rest);
    if (step.metadata || (!step.layer && !from)) return el("li", { class: "cl-line" }, el("div", { class: "cl-pick" }, text, el("span", { class: "cl-size" }, step.metadata ? "metadata" : "")));
    const note = step.state === "cached" && !from ? mark0("ok", "from the cache") : null;
    const size = el("span", { class: "cl-size" }, step.layer ? step.layer.size : "");
    const item = el("li", { class: `cl-slab${from ? " cl-is-base" : ""}${note ? " cl-kept" : ""}` }, el("div", { class: "cl-pick" }, text, note, size));
    item.style.setProperty("--cl-h", `${Math.max(28, Math.round(0.62 * (step.layer ? step.layer.height : 64)))}px`);
    return item;
  }

  function mark0(tone, word) {
    const node = el("span");
    mark(node, tone, word, true);
    return node;
  }

  function drawLog() {
    const index = current(), step = steps()[index];
    root.classList.toggle("cl-none", !step);
    if (!step) return;
    const place = order().indexOf(index), seen = look(index, place);
    say(logTitle, `step ${step.number}, ${step.lines} of the Dockerfile`);
    const waiting = seen.state === "waiting";
    say(origin, !waiting && seen.state === "cached" && step.from ? `From the cache: ${step.from}.` : "");
    const empty = { waiting: step.word === "not reached" ? "The build ended before this step." : "Not reached yet.", cached: "Nothing ran, so there is no output.", running: "No output so far." }[seen.state]
      || (step.keyword === "FROM" ? "The base image is here: its layers are taken as they are." : step.metadata ? "Only metadata: a line in the image's config, no layer." : "No output.");
    const lines = waiting || (active && place === at && ended()) ? [] : step.log;
    say(log, lines.length ? lines.join("\n") : empty);
    log.classList.toggle("cl-hint", !lines.length);
    if (build.state === "running" || step.state === "failed") log.scrollTop = log.scrollHeight;
    const exit = step.exit != null ? ` (exit status ${step.exit})` : "";
    say(failure, seen.state === "failed" ? `Step ${step.number} failed, ${step.lines}${exit}: ${step.error || build.error}` : "");
  }

  function draw() {
    redraw = 0;
    const some = steps().length > 0;
    hint.hidden = some;
    body.hidden = controls.hidden = !some;
    say(title, build.title || "build");
    say(id, build.image || "");
    idChip.hidden = !build.image;
    copyId.dataset.copy = build.imageFull || "";
    mark(state, build.tone || "wait", build.word || "waiting");
    say(sum, [build.builder, build.time, build.context && `context ${build.context}`].filter(Boolean).join(" · "));
    const end = ended() && at >= order().length && !active;
    say(saved, end ? build.saved || "" : "");
    saved.hidden = !end || !build.saved;
    scrub.max = order().length;
    scrub.value = at;
    scrub.setAttribute("aria-valuetext", `${at} of ${order().length} steps`);
    say(count, `${at} / ${order().length}`);
    play.classList.toggle("cl-playing", playing);
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    back.disabled = at === 0;
    forward.disabled = at >= order().length;
    root.setAttribute("aria-label", `Build of ${build.title || "an image"}`);
    drawRows();
    drawPile();
    drawLog();
    failure.hidden = !failure.textContent;
    origin.hidden = !origin.textContent;
  }

  const schedule = () => { redraw ||= requestAnimationFrame(draw); };

  function announce() {
    const step = steps()[order()[at - 1]];
    if (step) say(voice, `Step ${step.number}, ${step.keyword}: ${step.word}${step.time ? `, ${step.time}` : ""}`);
  }

  /** To a moment, at once. @param {number} to */
  function go(to) {
    pause();
    following = active = false;
    picked = -1;
    at = Math.min(Math.max(to, 0), order().length);
    draw();
    announce();
    keepInView();
    settle();
  }

  function keepInView() {
    const item = rows.get(current())?.item;
    if (!item || list.scrollHeight <= list.clientHeight) return;
    const top = item.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top + item.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 3;
  }

  function settle() {
    if (ended() && at >= order().length && !active) root.dataset.played = "true";
    else delete root.dataset.played;
  }

  function pause() {
    playing = following = active = false;
    clearTimeout(timer);
    schedule();
  }

  function start() {
    if (at >= order().length) at = 0;
    playing = true;
    picked = -1;
    delete root.dataset.played;
    tick();
  }

  /** The next moment of the play: a step begins, or ends. */
  function tick() {
    clearTimeout(timer);
    if (!playing && !following) return;
    if (at >= order().length) {
      if (ended()) { playing = following = false; draw(); settle(); }
      return;
    }
    const step = steps()[order()[at]];
    if (following) { // live: as the engine says, but never faster than the eye
      if (step.state === "running" || step.state === "waiting") { active = true; draw(); return; }
      active = false;
      at += 1;
      draw();
      keepInView();
      timer = setTimeout(tick, still() ? 0 : Math.min(step.state === "cached" ? 400 : 200, CATCH_UP / steps().length));
      return;
    }
    const begin = !active && step.state !== "cached" && step.keyword !== "FROM";
    if (begin) active = true;
    else { active = false; at += 1; }
    draw();
    keepInView();
    if (!active) announce();
    timer = setTimeout(tick, (begin ? step.play : step.state === "cached" ? 450 : 250) / speed);
  }

  /** @param {any} message */
  function patch(message) {
    if (message.kind !== "patch" || !build.steps) return;
    build = { ...build, ...message.head, steps: [...build.steps] };
    for (const [index, step] of Object.entries(message.steps)) build.steps[+index] = step;
    if (following) tick();
    schedule();
  }

  function whole() {
    const first = !build.steps;
    build = model.get("frames") || {};
    if (model.get("live") || following) {
      following = true;
      delete root.dataset.played;
      tick();
    } else if (first || at > order().length || !playing) {
      at = order().length;
      active = false;
    }
    draw();
    settle();
  }

  /** @param {any} event */
  function key(event) {
    const staged = root.classList.contains("cl-on-stage");
    const tag = event.target.tagName;
    if (tag === "SELECT" || event.altKey || event.ctrlKey || event.metaKey) return;
    if (tag === "INPUT" && event.key !== " ") return;
    const act = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.target === log && act && !staged) return;
    if (act) go(at + act);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(order().length);
    else if (event.key === " " && staged) go(at + 1);
    else if (event.key === " " && tag !== "BUTTON") playing ? pause() : start();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  root.addEventListener("keydown", key);
  copyId.addEventListener("click", () => copy(copyId));
  model.on("change:frames", whole);
  model.on("msg:custom", patch);
  whole();
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(redraw);
    model.off("change:frames", whole);
    model.off("msg:custom", patch);
    onStage.end();
  };
}

export default { render };
