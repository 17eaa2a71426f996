// One page: the studies, the live steps, and a query. Everything that comes from the server is text, never markup.
const byId = (id) => document.getElementById(id);

const cell = (row, content) => {
  const td = row.insertCell();
  if (content instanceof Node) td.append(content);
  else td.textContent = content ?? "";
  return td;
};

const minutes = (seconds) => seconds == null ? "" : seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

async function showStudies() {
  const studies = await (await fetch("api/studies")).json();
  for (const study of studies) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = `Run ${study.name}`;
    button.onclick = () => run(study.name);
    item.append(button, ` ${study.claim}${study.cost ? ` (${study.cost})` : ""}`);
    byId("studies").append(item);
  }
}

async function run(study) {
  const answer = await fetch("api/run", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Flow-Request": "1" },
    body: JSON.stringify({ study }),
  });
  byId("answer").textContent = answer.ok ? `${study} is queued; its steps appear below.` : (await answer.json()).message;
}

const rows = new Map();

function showStep(line) {
  byId("idle").hidden = true;
  byId("steps").hidden = false;
  let row = rows.get(line.step);
  if (!row) rows.set(line.step, row = byId("steps").tBodies[0].insertRow());
  row.replaceChildren();
  const label = cell(row, line.label);
  if (line.label.startsWith("report") && line.state !== "running" && line.state !== "failed") {
    const link = document.createElement("a");
    link.href = `report/${line.step}`;
    link.textContent = line.label;
    label.replaceChildren(link);
  }
  cell(row, line.state).className = line.state;
  const progress = document.createElement("progress");
  progress.setAttribute("aria-label", line.label);
  if (line.fraction != null) progress.value = line.fraction;
  cell(row, progress);
  cell(row, line.rate);
  cell(row, minutes(line.etaSeconds));
  cell(row, line.detail);
}

byId("query").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await fetch(`api/query?sql=${encodeURIComponent(byId("sql").value)}`);
  const table = await answer.json();
  byId("rows").replaceChildren();
  byId("query-message").textContent = answer.ok ? `${table.rows.length} rows${table.truncated ? " (more were left out)" : ""}` : table.message;
  if (!answer.ok) return;
  const head = byId("rows").createTHead().insertRow();
  for (const column of table.columns) head.append(Object.assign(document.createElement("th"), { textContent: column }));
  const body = byId("rows").createTBody();
  for (const values of table.rows) {
    const row = body.insertRow();
    for (const value of values) cell(row, value === null ? "" : String(value));
  }
};

showStudies();
new EventSource("api/live").onmessage = (event) => showStep(JSON.parse(event.data));
