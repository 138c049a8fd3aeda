// The playground's state as an address, and back: its settings, how far it has trained, and what a hand changed.

const SHOWN = ["test points", "two colours", "gradients"];
const LONGEST_LINK = 8000; // characters; some chat programs and mail programs cut longer ones
const MOST_STEPS = 200000; // mini-batches a link may ask to repeat

async function toLink({ config, show = [], hide = [], steps = 0, changes = [] }) {
  // Only what differs from the defaults, as key=value pairs a reader can understand. Throws an Error for too long a link.
  const parts = [];
  for (const [name, value] of Object.entries(config)) {
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name]) || value === null) continue;
    if (name === "biases" || (name === "initializer" && config.weights)) continue;
    if (name === "weights") parts.push(`weights=${await packed(JSON.stringify([value, config.biases]))}`);
    else if (name === "points") {
      const text = value.map((p) => p.join(" ")).join(";");
      if (text.length <= 1500) parts.push(`points=${encodeURIComponent(text)}`);
      else parts.push(`packed=${await packed(text)}`);
    } else parts.push(`${name}=${encodeURIComponent(Array.isArray(value) ? value.join(",") : value)}`);
  }
  for (const [name, list] of [["show", show], ["hide", hide]]) if (list.length) parts.push(`${name}=${encodeURIComponent(list.join(","))}`);
  if (steps) parts.push(`steps=${steps}`);
  if (changes.length) parts.push(`changes=${encodeURIComponent(changes.map(changeAsText).join(";"))}`);
  const link = parts.join("&");
  if (link.length > LONGEST_LINK) throw new Error(`This state does not fit into a link (${link.length.toLocaleString("en")} characters, and ${LONGEST_LINK.toLocaleString("en")} are safe): ${config.points ? "it has too many points of your own. Share them as a CSV file" : config.weights ? "the weights of this network are too many" : "too much was changed by hand. “As code” keeps all of it"}`);
  if (steps > MOST_STEPS) throw new Error(`A link repeats up to ${MOST_STEPS.toLocaleString("en")} mini-batches, and this run has ${steps.toLocaleString("en")}. “As code” keeps all of it`);
  return link;
}

const changeAsText = ({ step, layer, row, column, value, learning_rate: rate }) => `${step}:${rate !== undefined ? `rate=${rate}` : `${layer}.${row}.${column < 0 ? "b" : column}=${value}`}`;

function changeFromText(text, config) {
  const bad = () => new Error(`“${text.slice(0, 40)}” is no change of a weight or a learning rate`);
  const found = /^(\d+):(?:rate=(\S+)|(\d+)\.(\d+)\.(\d+|b)=(\S+))$/.exec(text);
  if (!found) throw bad();
  const [, step, rate, layer, row, column, value] = found;
  if (rate !== undefined) return { step: Number(step), learning_rate: checkSetting("learning_rate", Number(rate)) };
  const sizes = [config.features.length, ...config.hidden, 1], change = { step: Number(step), layer: Number(layer), row: Number(row), column: column === "b" ? -1 : Number(column), value: Number(value) };
  if (!Number.isFinite(change.value) || !(change.layer < sizes.length - 1) || !(change.row < sizes[change.layer + 1]) || !(change.column < sizes[change.layer])) throw bad();
  return change;
}

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
async function packed(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
async function unpacked(text, what) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
  } catch {
    throw new Error(`its packed ${what} are damaged`);
  }
}

async function fromLink(text) {
  // { config, hide, show, steps, changes, problem }: what could be read, and in words what could not.
  const given = {}, problems = [], hide = [], show = [], later = {};
  let steps = 0, changes = [];
  const read = async (name, value) => {
    if (name === "hide") return hide.push(...value.split(","));
    if (name === "show") {
      show.push(...value.split(",").filter((one) => SHOWN.includes(one)));
      if (show.length < value.split(",").length) throw new Error(`show can be out of ${SHOWN.join(", ")}, not “${value.slice(0, 40)}”`);
      return;
    }
    if (name === "steps" || name === "changes") return (later[name] = value);
    if (name === "weights") return ([given.weights, given.biases] = JSON.parse(await unpacked(value, "weights")));
    if (name === "packed") return (given.points = readPoints((await unpacked(value, "points")).replaceAll(";", "\n").replaceAll(" ", ",")));
    if (!Object.hasOwn(DEFAULTS, name) || name === "biases") throw new Error(`there is no setting “${name.slice(0, 40)}”`);
    if (name === "points") return (given.points = readPoints(value.replaceAll(";", "\n").replaceAll(" ", ",")));
    const list = (value) => (value ? (name === "features" ? [...new Set(value.split(","))] : value.split(",")) : []);
    given[name] = checkSetting(name, RANGES[name] ? typed(value) : name === "hidden" ? list(value).map(Number) : Array.isArray(DEFAULTS[name]) ? list(value) : value);
  };
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    try {
      const value = decoded(part.slice(at + 1));
      if (at < 1) throw new Error(`there is no setting “${part.slice(0, 40)}”`);
      await read(part.slice(0, at), value);
    } catch (error) {
      problems.push(error.message);
    }
  }
  if (given.problem === "own" && !given.points && !problems.length) problems.push("your own points are not in it");
  if (given.weights) {
    try {
      completeConfig(given);
    } catch (error) {
      problems.push(error.message);
      given.weights = given.biases = null;
    }
  }
  const config = completeConfig(given);
  try {
    if (later.steps !== undefined) {
      if (!/^\d+$/.test(later.steps) || Number(later.steps) > MOST_STEPS) throw new Error(`steps must be a whole number from 0 to ${MOST_STEPS}, not “${later.steps.slice(0, 20)}”`);
      steps = Number(later.steps);
    }
    if (later.changes) {
      changes = later.changes.split(";").map((one) => changeFromText(one, config)).sort((a, b) => a.step - b.step);
      steps = Math.max(steps, ...changes.map(({ step }) => Math.min(step, MOST_STEPS)));
    }
  } catch (error) {
    problems.push(error.message);
    [steps, changes] = [0, []];
  }
  return { config, hide, show, steps, changes, problem: problems.length ? `Part of the link could not be read and was left out: ${problems.join("; ")}.` : "" };
}
