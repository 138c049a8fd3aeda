// Engines that answer from somewhere else: the notebook's kernel, and a worker beside the page.

class KernelEngine {
  // The calls are answered by nn_lib in the notebook's kernel.
  constructor(model) {
    this.name = "nn_lib in the kernel";
    this.ahead = 2;
    this.frames = 4;
    this.joins = true; // the run is the kernel's: another view of it finds it as it is
    this.model = model;
    this.waiting = new Map();
    this.last = 0;
    // Two views of one widget hear all answers: each takes its own, and follows those of the other.
    this.mine = Math.random().toString(36).slice(2);
    this.overheard = null;
    this.heard = (message, buffers) => {
      const waiting = this.waiting.get(message.id);
      if (!waiting) {
        if (message.answer && !String(message.id).startsWith(this.mine)) this.overheard?.(message.what, this.arrays(message.answer, message, buffers));
        return;
      }
      this.waiting.delete(message.id);
      if (message.error) return waiting.fail(new Error(message.error));
      waiting.done(this.arrays(message.answer, message, buffers));
    };
    model.on("msg:custom", this.heard);
  }
  arrays(answer, message, buffers) {
    (message.arrays || []).forEach(({ name, rows, colours }, n) => {
      const view = buffers[n], bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
      const flat = colours ? Float32Array.from(new Int8Array(bytes), (v) => (v === -128 ? NaN : v / 127)) : new Float32Array(bytes);
      const columns = flat.length / rows;
      answer[name] = Array.from({ length: rows }, (_, r) => flat.subarray(r * columns, (r + 1) * columns));
    });
    return answer;
  }
  call(what, details = {}) {
    const id = `${this.mine}:${++this.last}`;
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail });
      const silent = () => this.waiting.delete(id) && fail(new Error("The kernel does not answer. It may be busy with another cell; if it was restarted, run this cell again."));
      try {
        this.model.send({ id, what, details });
        setTimeout(silent, KernelEngine.patience); // a kernel that is gone never answers
      } catch {
        silent();
      }
    });
  }
  stop() {
    this.model.off("msg:custom", this.heard);
  }
}
KernelEngine.patience = 20_000;

const WORKER_LOOP = `
const engine = new PageEngine();
onmessage = async ({ data: { id, what, details } }) => {
  try {
    const answer = await engine.call(what, details), given = new Set();
    for (const list of [answer.maps, answer.deltas]) for (const array of list || []) given.add(array.buffer);
    postMessage({ id, answer }, [...given]);
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};`;

class WorkerEngine {
  // The page's own engine on a thread of its own: however much it computes, the page stays alive under the hand.
  constructor(source) {
    this.name = "the page's own engine, beside the page";
    this.ahead = 2;
    this.frames = 1;
    this.waiting = new Map();
    this.last = 0;
    this.address = URL.createObjectURL(new Blob([source, WORKER_LOOP], { type: "text/javascript" }));
    this.worker = new Worker(this.address);
    this.worker.onmessage = ({ data: { id, answer, error } }) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) waiting.fail(new Error(error));
      else waiting.done(answer);
    };
    this.worker.onerror = (event) => {
      for (const { fail } of this.waiting.values()) fail(new Error(event.message || "the worker stopped"));
      this.waiting.clear();
    };
  }
  call(what, details = {}) {
    const id = ++this.last;
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail });
      this.worker.postMessage({ id, what, details });
    });
  }
  stop() {
    this.worker.terminate();
    URL.revokeObjectURL(this.address);
  }
}

function pageEngine() {
  // On a thread of its own where the browser has one for us.
  const source = document.getElementById("nn-computing")?.textContent;
  try {
    if (source) return new WorkerEngine(source);
  } catch {
    // A browser that allows no worker here computes on the page.
  }
  return new PageEngine();
}
