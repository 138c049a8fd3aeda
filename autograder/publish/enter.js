// The page before JupyterLite: within ten seconds a reader knows whether it will run.
const told = document.getElementById("told"), say = (words) => (told.textContent = words);
async function enter() {
  if (location.protocol === "file:") return say("JupyterLab cannot run from a file. Serve this folder: python3 -m http.server -d FOLDER, and open the address it prints. All other pages work from the disk.");
  const late = new AbortController();
  setTimeout(() => late.abort(), 8000);
  try {
    if (SOURCE) await fetch(`${SOURCE}pyodide-lock.json`, { method: "HEAD", signal: late.signal });
    say("Found. JupyterLab opens …");
    location.replace("lite/lab/index.html");
  } catch {
    say(`No network, or ${new URL(SOURCE).host} cannot be reached from here: Python for the browser is fetched from there, and nothing would run. All other pages work without it.`);
  }
}
enter();
