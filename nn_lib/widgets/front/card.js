// A card that opens where somebody pressed, and on a small screen slides up from below.

function card(stage) {
  const title = el("h3", {}), body = el("div", {}), close = button("×", () => made.shut(), { class: "nn-tiny", "aria-label": "close this card" });
  const made = el("div", { class: "nn-card", role: "dialog", hidden: true }, el("div", { class: "nn-card-head" }, title, close), body);
  let anchor = null;
  made.open = (at, words, ...content) => {
    anchor = at;
    write(title, words);
    assign(made, { "aria-label": words });
    body.replaceChildren(...content.filter(Boolean));
    made.hidden = false;
    place();
    (body.querySelector("input, select, button") || close).focus({ preventScroll: true });
  };
  function place() {
    // Beside what it belongs to, inside the stage.
    const room = stage.getBoundingClientRect(), spot = anchor.getBoundingClientRect(), wide = made.offsetWidth, tall = made.offsetHeight;
    const left = Math.max(4, Math.min(room.width - wide - 4, spot.left + spot.width / 2 - room.left + 14));
    const under = spot.top + spot.height / 2 - room.top + 18, top = under + tall > room.height + 60 ? Math.max(0, under - tall - 36) : under;
    made.style.setProperty("--nn-left", `${left}px`);
    made.style.setProperty("--nn-top", `${top}px`);
  }
  made.shut = (back = true) => {
    if (made.hidden) return;
    made.hidden = true;
    if (back) anchor?.focus?.({ preventScroll: true });
    made.closed?.();
  };
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    made.shut();
  });
  return made;
}
