// Controls that stay: each is made once, and `set` gives it the value that holds now. Nothing that has the focus, or is
// being dragged, is ever replaced.

function button(words, press, attributes = {}) {
  return el("button", { type: "button", onclick: press, ...attributes }, words);
}

function toggle(words, pressed, press, attributes = {}) {
  const made = button(words, press, { "aria-pressed": String(pressed), ...attributes });
  made.set = (now) => assign(made, { "aria-pressed": String(now) });
  return made;
}

function choice(label, options, value, change, attributes = {}) {
  const select = el("select", { "aria-label": label, onchange: (event) => change(event.target.value), ...attributes });
  for (const option of options) {
    const [key, words] = Array.isArray(option) ? option : [option, option];
    select.append(el("option", { value: key }, words));
  }
  const made = el("label", { class: "nn-control" }, el("span", {}, label), select);
  made.set = (now) => {
    if (select.value !== now) select.value = now;
  };
  made.set(value);
  return made;
}

function slider(label, { low, high, step, value, words = (v) => number(v) }, change, attributes = {}) {
  const shown = el("output", {}, words(value));
  const range = el("input", {
    type: "range", "aria-label": label, min: String(low), max: String(high), step: String(step), value: String(value),
    oninput: () => {
      write(shown, words(Number(range.value)));
      assign(range, { "aria-valuetext": words(Number(range.value)) });
      change(Number(range.value));
    },
    ...attributes,
  });
  const made = el("label", { class: "nn-control nn-slider" }, el("span", {}, label, " ", shown), range);
  made.set = (now) => {
    if (Number(range.value) !== now) range.value = String(now);
    write(shown, words(now));
    assign(range, { "aria-valuetext": words(now) });
  };
  made.set(value);
  return made;
}

function field(label, value, change, attributes = {}) {
  let taken = String(value);
  const take = () => {
    if (input.value !== taken) change((taken = input.value));
  };
  const input = el("input", {
    type: "text", value: taken, size: "8", "aria-label": label, autocomplete: "off", spellcheck: "false", onchange: take,
    onkeydown: (event) => event.key === "Enter" && take(), // JupyterLab keeps Enter from being a change
    ...attributes,
  });
  const made = el("label", { class: "nn-control" }, el("span", {}, label), input);
  made.set = (now) => {
    // What somebody is typing is left alone.
    if (document.activeElement === input && input.value !== taken) return;
    taken = String(now);
    if (input.value !== taken) input.value = taken;
  };
  made.input = input;
  return made;
}

function radios(label, options, value, change) {
  // options: [key, words, picture]; one stop on the tab key's way, arrow keys within, as radio buttons have.
  const name = `nn${radios.count = (radios.count || 0) + 1}`, inputs = {};
  const made = el("div", { class: "nn-radios", role: "radiogroup", "aria-label": label }, options.map(([key, words, picture]) => {
    inputs[key] = el("input", { type: "radio", name, value: key, "aria-label": words, onchange: () => change(key) });
    return el("label", { title: words }, inputs[key], picture, el("span", {}, words));
  }));
  made.set = (now) => {
    for (const [key, input] of Object.entries(inputs)) if (input.checked !== (key === now)) input.checked = key === now;
  };
  made.set(value);
  return made;
}

function roving(container, selector, move) {
  // One stop on the tab key's way for many things: arrow keys go from one to the next, as `move(from, key)` says.
  const here = () => container.querySelector(`${selector}[tabindex="0"]`);
  const to = (next) => {
    if (!next) return;
    here()?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  };
  container.addEventListener("focusin", (event) => {
    const part = event.target.closest(selector);
    if (!part || part === here()) return;
    here()?.setAttribute("tabindex", "-1");
    part.setAttribute("tabindex", "0");
  });
  container.addEventListener("keydown", (event) => {
    const part = event.target.closest?.(selector);
    if (!part || part !== event.target || !event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    to(move(part, event.key));
  });
  return to;
}
