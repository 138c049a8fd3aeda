// Every state is an address: kept in the browser's address field, and copied with a button.

function addressKeeper(toText) {
  // share(state) keeps the address; share(state, true) also answers with it, or says why it cannot be.
  let link = location.hash;
  const share = async (state, wanted = false) => {
    try {
      const text = await toText(state);
      link = text ? `#${text}` : location.pathname;
      history.replaceState(null, "", link);
      return location.href;
    } catch (error) {
      if (wanted) throw error;
      return null;
    }
  };
  window.addEventListener("hashchange", () => location.hash !== link && location.reload());
  return share;
}

function shareButton(share, state, told) {
  // A button that copies the address of what is shown, and a place that says so.
  return button("copy link", async () => {
    try {
      if ((await copied(await share(state(), true), told)) === "copied") write(told, "Link copied: whoever opens it sees this very state.");
    } catch (error) {
      write(told, error.message);
    }
    told.hidden = false;
    setTimeout(() => told.querySelector("textarea") || (told.hidden = true), 8000);
  }, { class: "nn-share-button" });
}

function pairsToText(state, standard) {
  // key=value for what differs from the standard; objects as name:value lists.
  const plain = (value) => (value !== null && typeof value === "object" ? Object.entries(value).map(([k, v]) => `${k}:${v}`).join(",") : String(value));
  const text = Object.entries(state).filter(([name, value]) => value !== undefined && plain(value) !== plain(standard[name] ?? "")).map(([name, value]) => `${name}=${encodeURIComponent(plain(value))}`).join("&");
  if (text.length > 4000) throw new Error("This state is too long for a link.");
  return text;
}

function textToPairs(text, kinds) {
  // { given, problem }: kinds say how each name is read: "text", { of: choices }, "numbers" for name:value lists, or as a
  // number from [low, high], whole where a third entry says so. What is out of reach of the controls is refused: it could hang the page.
  const given = {}, problems = [];
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("="), name = part.slice(0, Math.max(0, at));
    try {
      const value = decoded(part.slice(at + 1));
      if (!Object.hasOwn(kinds, name)) throw new Error(`there is no “${(at < 1 ? part : name).slice(0, 40)}”`);
      if (kinds[name] === "text") given[name] = value;
      else if (kinds[name].of) {
        if (!kinds[name].of.includes(value)) throw new Error(`${name} can be ${kinds[name].of.join(", ")}, not “${value.slice(0, 20)}”`);
        given[name] = value;
      }
      else if (Array.isArray(kinds[name])) {
        const [low, high, whole = false] = kinds[name], number = typed(value);
        if (!(number >= low && number <= high) || (whole && !Number.isInteger(number))) throw new Error(`${name.replace("_", " ")} must be a ${whole ? "whole " : ""}number from ${low} to ${high}, not “${value.slice(0, 20)}”`);
        given[name] = number;
      } else given[name] = Object.fromEntries(value.split(",").map((pair) => {
        const [key, number] = pair.split(":");
        if (!/^[A-Za-z_]\w*$/.test(key) || !Number.isFinite(typed(number ?? ""))) throw new Error(`“${pair.slice(0, 20)}” is no input with its value`);
        return [key, typed(number)];
      }));
    } catch (error) {
      problems.push(error.message);
    }
  }
  return { given, problem: problems.length ? `Part of the link could not be read and was left out: ${problems.join("; ")}.` : "" };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`“${text.slice(0, 40)}” is damaged`);
  }
}
