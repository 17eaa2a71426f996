// Laws: choose rows and axes, see the law with its interval and where it leads, compare two families, plan a budget.
import { useMemo, useState } from "preact/hooks";
import { ApiError, post, useApi, withQuery } from "../api";
import { short } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { Figure, type FigureView } from "../parts/Figure";
import { Table } from "../parts/Table";
import { go, Link, useAddress } from "../route";

interface Choice { study: string; metric: string; task: string | null; sampler_steps: number | null; ensemble: number | null; points: number }
interface Choices { rows: Choice[]; axes: string[]; forms: string[]; floors: string[]; published_laws: string[]; devices: string[] }
interface Law { json: Record<string, unknown>; text: string; figures: FigureView[] }

const formNames: Record<string, string> = { power: "power law", broken: "broken power law", isoflop: "isoFLOP profiles", parametric: "parametric, E + A/N^α + B/D^β", envelope: "envelope of the curves" };
const ownAxes = ["isoflop", "parametric", "envelope"];
const keyOf = (row: Choice) => [row.metric, row.task, row.sampler_steps, row.ensemble].map((part) => part ?? "").join("|");
const nameOf = (row: Choice) => `${row.task ? `${row.task} ` : ""}${row.metric.replace(/_/g, " ")}${row.sampler_steps == null ? "" : `, ${row.sampler_steps} steps, ensemble ${row.ensemble}`}`;

export function Laws() {
  const choices = useApi<Choices>("/laws/choices");
  return <Page title="Laws" about="How a metric falls with compute, size or data: the fitted law with its 95 % interval, its extrapolation, and what the evidence can't carry.">
    <Answer of={choices}>{(data) => <>
      {data.rows.length === 0 ? <Empty>No study has two measurements yet. <Link to="/studies">Run one</Link></Empty> : <Fitted choices={data} />}
      <Planner choices={data} />
    </>}</Answer>
  </Page>;
}

function Fitted({ choices }: { choices: Choices }) {
  const { query } = useAddress();
  const studies = useMemo(() => [...new Set(choices.rows.map((row) => row.study))], [choices]);
  const study = studies.find((name) => name === query.get("study")) ?? studies[0]!;
  const metrics = choices.rows.filter((row) => row.study === study);
  const row = metrics.find((one) => keyOf(one) === query.get("rows")) ?? metrics.find((one) => one.metric === "loss") ?? metrics[0]!;
  const form = query.get("form") ?? "power", axis = query.get("axis") ?? "train_macs", floor = query.get("floor") ?? "Chosen", second = query.get("second") ?? "";
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value); else next.delete(name);
    if (name === "study") next.delete("rows");
    go(`/laws?${next}`, true);
  };
  const asked = { study, metric: row.metric, task: row.task, samplerSteps: row.sampler_steps, ensemble: row.ensemble, form, axis, floor };
  const fit = useApi<Law>(withQuery("/laws/fit", asked));
  return <>
    <form class="row" onSubmit={(event) => event.preventDefault()}>
      <Choose label="Study" value={study} options={studies} change={(value) => change("study", value)} />
      <Choose label="Metric" value={keyOf(row)} options={metrics.map(keyOf)} names={metrics.map((one) => `${nameOf(one)} (${one.points})`)} change={(value) => change("rows", value)} />
      <Choose label="Form" value={form} options={choices.forms} names={choices.forms.map((one) => formNames[one] ?? one)} change={(value) => change("form", value)} />
      {!ownAxes.includes(form) && <Choose label="Against" value={axis} options={choices.axes} names={choices.axes.map((one) => one.replace(/_/g, " "))} change={(value) => change("axis", value)} />}
      <Choose label="Irreducible term" value={floor} options={choices.floors} names={choices.floors.map((one) => one === "Chosen" ? "chosen by hindcast" : one.toLowerCase())} change={(value) => change("floor", value)} />
      {!ownAxes.includes(form) && <Choose label="Compare with" value={second} options={["", ...studies.filter((name) => name !== study)]} names={["no other", ...studies.filter((name) => name !== study)]} change={(value) => change("second", value)} />}
    </form>
    <Section title="The law" aside={<a href={withQuery("/api/laws/figure.svg", asked)}>figure as SVG</a>}>
      <Answer of={fit}>{(law) => <><Figures of={law} /><Facts json={law.json} /><details><summary>The law as text</summary><pre class="panel" tabIndex={0}>{law.text}</pre></details></>}</Answer>
    </Section>
    {second && !ownAxes.includes(form) && <Comparison asked={asked} first={study} second={second} />}
  </>;
}

const Figures = ({ of }: { of: Law }) => <div class="charts wide-charts">{of.figures.map((figure, i) => <Figure key={`${figure.title} ${i}`} figure={figure} />)}</div>;

interface Estimate { value: number | null; low: number | null; high: number | null }
const isEstimate = (value: unknown): value is Estimate => typeof value === "object" && value !== null && "value" in value && "low" in value;
const figure = (value: unknown) => typeof value === "number" ? short(value) : "";

function Facts({ json }: { json: Record<string, unknown> }) {
  const warnings = json["warnings"] as string[] | undefined;
  const rows: [string, string, string][] = [];
  if (typeof json["exponent"] === "number") rows.push(["exponent", figure(json["exponent"]), json["low"] == null ? "" : `${figure(json["low"])} to ${figure(json["high"])}`]);
  for (const name of ["prefactor", "irreducible"])
    if (typeof json[name] === "number") rows.push([name, figure(json[name]), json[`${name}_low`] == null ? "" : `${figure(json[`${name}_low`])} to ${figure(json[`${name}_high`])}`]);
  for (const [name, value] of Object.entries(json)) if (isEstimate(value)) rows.push([name.replace(/_/g, " "), figure(value.value), value.low == null ? "" : `${figure(value.low)} to ${figure(value.high)}`]);
  if (typeof json["holdout_error"] === "number") rows.push(["error of the held-out largest", `${(100 * (json["holdout_error"] as number)).toFixed(2)} %`, ""]);
  if (typeof json["residual_spread"] === "number") rows.push(["scatter per point", `${(100 * (json["residual_spread"] as number)).toFixed(2)} %`, ""]);
  if (typeof json["points"] === "number") rows.push(["points", String(json["points"]), ""]);
  return <>
    {rows.length > 0 && <Table label="Constants of the law" rows={rows} keyOf={([name]) => name} columns={[
      { head: "", cell: ([name]) => name }, { head: "Value", number: true, cell: ([, value]) => value }, { head: "95 % interval", number: true, cell: ([, , interval]) => interval },
    ]} />}
    {warnings && warnings.length > 0 && <div class="notice warn"><strong>What this can't carry</strong><ul>{warnings.map((text) => <li key={text}>{text}</li>)}</ul></div>}
  </>;
}

function Comparison({ asked, first, second }: { asked: Record<string, string | number | null>; first: string; second: string }) {
  const [budget, setBudget] = useState("");
  const compared = useApi<Law>(withQuery("/laws/compare", { ...asked, second, budget: Number(budget) > 0 ? budget : undefined }));
  return <Section title={`${first} and ${second}`} aside={<label>at a budget of <input class="short" inputMode="decimal" placeholder="the largest" value={budget} onChange={(event) => setBudget(event.currentTarget.value)} /> {asked["axis"]}</label>}>
    <Answer of={compared}>{(law) => <><p class="notice">{law.text}</p><Figures of={law} /><Facts json={law.json} /></>}</Answer>
  </Section>;
}

function Choose({ label, value, options, names, change, wrong }: { label: string; value: string; options: string[]; names?: string[]; change: (value: string) => void; wrong?: string }) {
  return <label class="field">{label}<select value={value} aria-invalid={wrong ? "true" : undefined} onChange={(event) => change(event.currentTarget.value)}>
    {options.map((option, i) => <option key={option} value={option}>{names?.[i] ?? option}</option>)}</select></label>;
}

interface Field { name: string; label: string; value: string; help?: string }
const fields: Field[] = [
  { name: "count", label: "Devices", value: "1" },
  { name: "hours", label: "Hours", value: "100" },
  { name: "loss", label: "or: loss to reach", value: "", help: "leave the hours empty" },
  { name: "mfu", label: "MFU", value: "0.4" },
  { name: "price", label: "Dollars a device-hour", value: "" },
  { name: "batch", label: "Batch", value: "256" },
  { name: "images", label: "Images in the data set", value: "" },
  { name: "predictions", label: "Predictions to pay for", value: "0" },
  { name: "passes", label: "Passes a prediction", value: "1" },
];

/** Devices and hours to a run, by a law; or a loss to its price. */
function Planner({ choices }: { choices: Choices }) {
  const studies = [...new Set(choices.rows.map((row) => row.study))];
  const [law, setLaw] = useState(choices.published_laws[0] ?? studies[0] ?? "");
  const [gpu, setGpu] = useState("H100");
  const [values, setValues] = useState(() => Object.fromEntries(fields.map((field) => [field.name, field.value])));
  const [answer, setAnswer] = useState<{ law?: Law; error?: ApiError }>({});
  const ask = (event: Event) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(values).filter(([, text]) => text.trim() !== "").map(([name, text]) => [name, Number(text)]));
    const unread = Object.entries(given).find(([, number]) => Number.isNaN(number))?.[0];
    if (unread) { setAnswer({ error: new ApiError(400, `${unread}: '${values[unread]}' is not a number`, [{ path: unread, given: values[unread]!, allowed: "not a number" }]) }); return; }
    post<Law>("/laws/plan", { law, gpu, ...given }).then((plan) => setAnswer({ law: plan }), (error: ApiError) => setAnswer({ error }));
  };
  const wrong = (name: string) => answer.error?.mistakes.find((mistake) => mistake.path === name);
  return <Section title="Planner">
    <form onSubmit={ask}>
      <div class="row">
        <Choose label="Law" value={law} options={[...choices.published_laws, ...studies]} change={setLaw} />
        <Choose label="Device" value={gpu} options={choices.devices} change={setGpu} wrong={wrong("gpu")?.allowed} />
        {fields.map((field) => <label key={field.name} class="field">{field.label}
          <input class="short" inputMode="decimal" value={values[field.name]} placeholder={field.help} aria-invalid={wrong(field.name) ? "true" : undefined} onInput={(event) => setValues({ ...values, [field.name]: event.currentTarget.value })} />
          {wrong(field.name) && <span class="wrong">{wrong(field.name)!.given}: {wrong(field.name)!.allowed}</span>}</label>)}
      </div>
      <p><button class="primary">Plan</button></p>
    </form>
    {answer.error && <p class="notice bad" role="alert">{answer.error.message}</p>}
    {answer.law && <div role="status"><pre class="panel" tabIndex={0}>{answer.law.text}</pre><Facts json={{ warnings: answer.law.json["warnings"] }} /></div>}
  </Section>;
}
