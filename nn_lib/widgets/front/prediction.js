// Predict first: before a gate goes backward, each gradient it is about to send is asked for, sign or value.

function prediction(say) {
  // `asked` questions at a time; ask(list) resolves when all have been answered. A list entry: { what, answer }.
  const line = el("p", {}), told = el("p", { role: "status" });
  const size = field("or its value, within 5 %", "", (text) => {
    if (Number.isNaN(typed(text))) return say(`A guess must be a number, not “${text}”.`);
    say("");
    settle(Math.abs(typed(text) - now.answer) <= 0.05 * Math.abs(now.answer) + 1e-9, number(typed(text)));
  }, { size: "7" });
  const signs = [["negative", -1], ["zero", 0], ["positive", 1]].map(([words, sign]) => button(words, () => settle(Math.sign(now.answer) === sign, words)));
  const made = el("div", { class: "nn-saying nn-predict", hidden: true, role: "group", "aria-label": "predict first" }, line, el("div", { class: "nn-ask" }, signs, size, button("show me", () => settle(null, ""), { class: "nn-link" })), told);
  let now = null, queue = [], answers = [], done = null;
  made.score = { right: 0, asked: 0 };
  function next() {
    now = queue.shift() || null;
    made.hidden = !now;
    if (!now) return done(answers);
    write(line, now.what);
    size.set("");
    made.changed?.(now);
    signs[0].focus({ preventScroll: true });
  }
  function settle(right, guess) {
    made.score.asked++;
    if (right) made.score.right++;
    const words = `${right === null ? "" : right ? `You predicted ${guess}: right. ` : `You predicted ${guess}: not this time. `}It is ${number(now.answer, 4)}.`;
    answers.push({ ...now, right, words });
    write(told, `${now.name}: ${words}`);
    next();
  }
  made.ask = (list) => {
    [queue, answers] = [[...list], []];
    write(told, "");
    return new Promise((resolve) => {
      done = resolve;
      next();
    });
  };
  made.again = () => {
    // Somebody presses on without an answer.
    write(told, "Answer first, or press “show me”.");
    signs[0].focus({ preventScroll: true });
  };
  made.drop = () => {
    [now, queue] = [null, []];
    made.hidden = true;
  };
  made.pending = () => now;
  return made;
}
