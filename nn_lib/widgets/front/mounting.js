// On a page: puts each widget into its place. `kinds` says how each is made, and which engine stands behind it.

async function mount(place) {
  const [widget, engine] = kinds[place.dataset.widget], options = JSON.parse(place.dataset.options || "{}");
  if (!("address" in place.dataset)) return widget(place, options.recorded ? new RecordedStepper(options.recorded) : engine(), options);
  const linked = await widget.fromAddress(location.hash);
  return widget(place, engine(), { ...options, ...linked, share: addressKeeper(widget.toAddress) });
}

const places = [...document.querySelectorAll("[data-widget]")], alone = places.find((place) => "address" in place.dataset);
if (alone) {
  const ready = async () => {
    window.widget = await mount(alone);
    await window.widget.ready;
  };
  window.widget = { ready: ready() };
} else {
  // Among text, a widget starts when it comes near the window.
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mount(target);
    }
  }, { rootMargin: "400px" });
  for (const place of places) near.observe(place);
}
