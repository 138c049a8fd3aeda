// Finds pages by the words on them.
const searched = document.getElementById("search"), items = [...document.querySelectorAll("#pages > li")];
searched.addEventListener("input", () => {
  const wanted = searched.value.toLowerCase().split(/[^\p{L}\d]+/u).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
    shown += !item.hidden;
  }
  document.getElementById("found").textContent = wanted.length ? `${shown} of ${items.length} pages` : "";
});
