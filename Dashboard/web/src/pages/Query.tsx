// SQL over the result store: the schema beside it, queries that are kept, the answer as a table, a chart, or a file.
import { useMemo, useState } from "preact/hooks";
import { type ApiError, post, send, useApi, withQuery } from "../api";
import { Chart, type Line } from "../charts/Chart";
import { short, whole } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { Table } from "../parts/Table";
import { go, useAddress } from "../route";
import { useOperator } from "../session";

interface Column { name: string; type: string }
interface Answered { columns: Column[]; rows: unknown[][]; truncated: boolean; seconds: number }
interface View { name: string; columns: Column[] }
interface Saved { name: string; sql: string }

const first = "select study, run, model, metric, value, low, high\nfrom results\norder by study, run, metric\nlimit 200";
const shown = 1000;
const exports = [["csv", "CSV"], ["json", "JSON"], ["parquet", "Parquet"]] as const;

export function Query() {
  const { query } = useAddress();
  const [sql, setSql] = useState(query.get("sql") ?? first);
  const [answer, setAnswer] = useState<Answered>();
  const [wrong, setWrong] = useState("");
  const [asking, setAsking] = useState(false);
  const ask = (event: Event) => {
    event.preventDefault();
    setAsking(true);
    go(withQuery("/query", { sql }), true);
    post<Answered>("/query", { sql, rows: shown })
      .then((table) => { setAnswer(table); setWrong(""); }, (error: ApiError) => { setAnswer(undefined); setWrong(error.message); })
      .finally(() => setAsking(false));
  };
  return <Page title="Query" about="SQL over the Parquet results: the views results, curves and runs. It runs in a process of its own that can read the store and nothing else.">
    <div class="beside">
      <div>
        <form onSubmit={ask}>
          <label class="field">SQL<textarea rows={9} spellcheck={false} value={sql} onInput={(event) => setSql(event.currentTarget.value)}
            onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask(event); }} /></label>
          <div class="actions">
            <button class="primary" disabled={asking}>{asking ? "Running…" : "Run the query"}</button>
            <span class="soft">or download as</span>
            {exports.map(([format, name]) => <a key={format} class="button" download href={`/api${withQuery("/query/export", { sql, format })}`}>{name}</a>)}
            <span class="soft" role="status">{answer && `${answer.truncated ? `the first ${whole(answer.rows.length)}` : whole(answer.rows.length)} rows in ${short(answer.seconds)} s`}</span>
          </div>
        </form>
        <SavedQueries sql={sql} choose={setSql} />
      </div>
      <Schema insert={(text) => setSql((before) => `${before} ${text}`)} />
    </div>
    {wrong && <pre class="notice bad" role="alert">{wrong}</pre>}
    {answer && (answer.rows.length === 0 ? <Empty>No rows.</Empty> : <>
      <AnswerChart answer={answer} />
      <Section title="Answer">
        <Table label="Answer" rows={answer.rows} keyOf={(_, i) => String(i)} columns={answer.columns.map(({ name, type }, i) => ({
          head: name, number: numeric(type), cell: (row: unknown[]) => cell(row[i]),
        }))} />
      </Section>
    </>)}
  </Page>;
}

const numeric = (type: string) => type === "long" || type === "double" || type === "decimal";
const cell = (value: unknown) => value == null ? "" : typeof value === "number" ? (Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : short(value)) : String(value);

function Schema({ insert }: { insert: (text: string) => void }) {
  const schema = useApi<View[]>("/query/schema");
  return <aside class="schema" aria-label="Schema"><Answer of={schema}>{(views) => views.map((view) => <details key={view.name} open={view.name === "results"}>
    <summary><code>{view.name}</code></summary>
    <ul>{view.columns.map((column) => <li key={column.name}>
      <button type="button" class="plain" onClick={() => insert(column.name)} title={`Add ${column.name} to the query`}><code>{column.name}</code></button> <span class="soft">{column.type}</span>
    </li>)}</ul>
  </details>)}</Answer></aside>;
}

function SavedQueries({ sql, choose }: { sql: string; choose: (sql: string) => void }) {
  const saved = useApi<Saved[]>("/query/saved");
  const operator = useOperator();
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  const change = (method: string, of: string, body?: unknown) =>
    send(method, `/query/saved/${encodeURIComponent(of)}`, body).then(() => { setSaid(""); saved.reload(); }, (error: ApiError) => setSaid(error.message));
  const chosen = saved.data?.find((query) => query.name === name);
  return <form class="row saved" onSubmit={(event) => { event.preventDefault(); change("PUT", name, { text: sql }); }}>
    <label class="field">Saved queries<select value={chosen?.name ?? ""} onChange={(event) => {
      const query = saved.data?.find((one) => one.name === event.currentTarget.value);
      if (query) { choose(query.sql); setName(query.name); }
    }}><option value="">{saved.data?.length ? "choose one" : "none yet"}</option>{saved.data?.map((query) => <option key={query.name}>{query.name}</option>)}</select></label>
    {operator && <><label class="field">Name<input value={name} required maxLength={60} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <button>Save</button>
      {chosen && <button type="button" class="danger" onClick={() => { change("DELETE", chosen.name); setName(""); }}>Forget</button>}</>}
    {said && <p class="wrong" role="alert">{said}</p>}
  </form>;
}

/** Any number column against any other; a text column makes one line of each of its values. */
function AnswerChart({ answer }: { answer: Answered }) {
  const numbers = answer.columns.filter((column) => numeric(column.type)).map((column) => column.name);
  const texts = answer.columns.filter((column) => column.type === "text").map((column) => column.name);
  const [asked, setAsked] = useState({ x: "", y: "", by: "", logX: false, logY: false, line: false });
  const x = numbers.includes(asked.x) ? asked.x : "", y = numbers.includes(asked.y) ? asked.y : "", by = texts.includes(asked.by) ? asked.by : "";
  const drawn = useMemo(() => x && y ? lines(answer, x, y, by, asked.line) : undefined, [answer, x, y, by, asked.line]);
  if (numbers.length < 2) return null;
  const choice = (label: string, names: string[], value: string, key: "x" | "y" | "by") => <label class="field">{label}
    <select value={value} onChange={(event) => setAsked({ ...asked, [key]: event.currentTarget.value })}><option value="">–</option>{names.map((name) => <option key={name}>{name}</option>)}</select></label>;
  const tick = (label: string, key: "logX" | "logY" | "line") => <label><input type="checkbox" checked={asked[key]} onChange={(event) => setAsked({ ...asked, [key]: event.currentTarget.checked })} /> {label}</label>;
  return <Section title="Chart">
    <div class="row">{choice("x axis", numbers, x, "x")}{choice("y axis", numbers, y, "y")}{choice("Colour by", texts, by, "by")}{tick("log x", "logX")}{tick("log y", "logY")}{tick("lines", "line")}</div>
    {drawn && <Chart label={`${y} against ${x}`} x={drawn.x} lines={drawn.lines} xLabel={x} yLabel={y} logX={asked.logX} logY={asked.logY} />}
  </Section>;
}

function lines({ columns, rows }: Answered, x: string, y: string, by: string, joined: boolean): { x: number[]; lines: Line[] } {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [xs, ys, group] = [at(x), at(y), at(by)];
  const points = rows.filter((row) => typeof row[xs] === "number" && typeof row[ys] === "number").sort((a, b) => (a[xs] as number) - (b[xs] as number));
  const names = [...new Set(points.map((row) => group < 0 ? y : String(row[group] ?? "")))].slice(0, 24);
  return {
    x: points.map((row) => row[xs] as number),
    lines: names.map((label) => ({ label, points: true, line: joined, values: points.map((row) => group < 0 || String(row[group] ?? "") === label ? row[ys] as number : null) })),
  };
}
