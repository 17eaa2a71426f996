// One run: curves that grow while it trains, what its steps measured, what made them, checkpoints, logs and its spec.
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, useApi, whileSeen, withQuery } from "../api";
import { Chart, type Line } from "../charts/Chart";
import { bytes, digits, short, when, whole } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { type Graph, Pipeline } from "../parts/Pipeline";
import { State } from "../parts/State";
import { Table } from "../parts/Table";
import { Link } from "../route";

interface Made { commit: string; engine: string; device: string; host: string; processors: number; runtime: string; attempt: number; began: string }
interface Measured { metric: string; value: number; unit: string; low: number | null; high: number | null; task: string | null; sampler_steps: number | null; ensemble: number | null; sampler: string | null }
interface RunStep { step: string; kind: string; label: string; state: string; optimizer_steps: number | null; seed: number | null; made: Made | null; measurements: Measured[]; pipeline: Graph | null }
interface Checkpoint { step: string; optimizer_step: number; bytes: number; time: string }
interface RunView {
  study: string; run: string; identity: string; model: string; params: number; params_active: number; macs_per_image: number; train_macs: number; images: number; tokens: number;
  seed: number; steps: RunStep[]; checkpoints: Checkpoint[]; spec: unknown;
}
interface Curve { metric: string; x: number[]; y: number[]; count: number; mean_x: number[]; mean_y: number[] }
interface Curves { from: number; to: number; last: number; curves: Curve[] }

const pollEvery = 2000;
const order = ["loss", "lr", "grad_norm", "images_per_second", "mfu"];
const names: Record<string, string> = { loss: "loss", lr: "learning rate", grad_norm: "gradient norm", images_per_second: "images/s", mfu: "MFU", loss_vb: "loss of the variance", loss_balance: "loss of the experts' balance", memory_bytes: "memory, MB" };
const scales: Record<string, number> = { memory_bytes: 1e-6 };

export function Run({ study, run }: Record<string, string>) {
  const view = useApi<RunView>(withQuery("/runs/one", { study, run }));
  const isOver = view.data?.steps.every((step) => step.state === "done") ?? true;
  useEffect(() => isOver ? undefined : whileSeen(5 * pollEvery, view.reload), [isOver, view.reload]);
  return <Page title={`Run ${view.data?.run ?? run}`} about={view.data && <>of study <Link to={`/studies/${view.data.identity}`}>{view.data.study}</Link></>}
    actions={view.data && <Link to={withQuery("/runs", { study: view.data.study })}>Compare with the others</Link>}>
    <Answer of={view}>{(data) => <>
      <dl class="facts">
        <div><dt>Model</dt><dd>{data.model}</dd></div>
        <div><dt>Parameters</dt><dd>{short(data.params)}{data.params_active !== data.params && `, ${short(data.params_active)} active`}</dd></div>
        <div><dt>Training</dt><dd>{short(data.train_macs)} MACs, {whole(data.images)} images, {short(data.tokens)} tokens</dd></div>
        <div><dt>MACs a forward pass</dt><dd>{short(data.macs_per_image)}</dd></div>
        <div><dt>Seed</dt><dd>{data.seed}</dd></div>
      </dl>
      {data.steps.filter((step) => step.optimizer_steps !== null).map((step) => <Training key={step.step} step={step} />)}
      <Measurements steps={data.steps} />
      <Section title="Steps and what made them"><Table label="Steps" rows={data.steps} keyOf={(step) => step.step} columns={[
        { head: "Step", cell: (step) => <Link to={`/steps/${step.step}`}>{step.label}</Link> },
        { head: "State", cell: (step) => <State state={step.state} /> },
        { head: "Commit", cell: (step) => <code>{step.made?.commit ?? ""}</code> },
        { head: "Engine", cell: (step) => step.made?.engine ?? "" },
        { head: "Device", cell: (step) => step.made?.device ?? "" },
        { head: "Host", cell: (step) => step.made ? `${step.made.host}, ${step.made.processors} processors` : "" },
        { head: "Seed", number: true, cell: (step) => step.seed ?? "" },
        { head: "Began", class: "soft", cell: (step) => when(step.made?.began) },
        { head: "Identity", class: "soft", cell: (step) => <code title={step.step}>{digits(step.step)}</code> },
      ]} /></Section>
      <Section title="Checkpoints">{data.checkpoints.length === 0 ? <Empty>None is kept.</Empty> : <Table label="Checkpoints" rows={data.checkpoints} keyOf={(saved) => `${saved.step} ${saved.optimizer_step}`} columns={[
        { head: "Training", cell: (saved) => data.steps.find((step) => step.step === saved.step)?.label ?? digits(saved.step) },
        { head: "Optimizer step", number: true, cell: (saved) => whole(saved.optimizer_step) },
        { head: "Size", number: true, cell: (saved) => bytes(saved.bytes) },
        { head: "Saved", class: "soft", cell: (saved) => when(saved.time) },
      ]} />}</Section>
      <Log steps={data.steps} />
      <Section title="Spec"><details><summary>Model and stages in canonical form</summary><pre class="panel" tabIndex={0}>{JSON.stringify(data.spec, null, 2)}</pre></details></Section>
    </>}</Answer>
  </Page>;
}

function Training({ step }: { step: RunStep }) {
  const [range, setRange] = useState<[number, number] | null>(null);
  const [curves, setCurves] = useState<Curves>();
  const live = step.state === "begun" && range === null;
  useEffect(() => {
    let current = true;
    const ask = () => get<Curves>(withQuery(`/curves/${step.step}`, { from: range?.[0], to: range?.[1] })).then(
      (answer) => { if (current) setCurves((before) => before && !range && before.last === answer.last ? before : answer); }, () => { /* the next poll asks again */ });
    ask();
    const stop = live ? whileSeen(pollEvery, ask) : undefined;
    return () => { current = false; stop?.(); };
  }, [step.step, range?.[0], range?.[1], live]);
  const shown = useMemo(() => [...(curves?.curves ?? [])].filter((curve) => curve.x.length > 0).sort((a, b) => rank(a.metric) - rank(b.metric)), [curves]);
  if (step.state === "waiting") return null;
  return <Section title={`Curves: ${step.label}`} aside={<span class="soft">
    {curves && `step ${whole(curves.last)} of ${whole(step.optimizer_steps)}`}{step.state === "begun" && ", live"}
    {range && <> · <button type="button" onClick={() => setRange(null)}>whole curve</button></>}</span>}>
    {!curves ? <p class="soft" role="status">Loading…</p> : shown.length === 0 ? <Empty>There is no point yet.</Empty>
      : <div class="charts">{shown.map((curve) => <CurveFigure key={curve.metric} curve={curve} chosen={(from, to) => setRange([Math.floor(from), Math.ceil(to)])} />)}</div>}
    {shown.length > 0 && <p class="soft">Drag over a curve to see its steps more closely.</p>}
    {step.pipeline && <details open={step.pipeline.live}><summary>How the data reached the trainer</summary><Pipeline graph={step.pipeline} /></details>}
  </Section>;
}

function CurveFigure({ curve, chosen }: { curve: Curve; chosen: (from: number, to: number) => void }) {
  const { x, lines } = useMemo(() => linesOf(curve), [curve]);
  const name = names[curve.metric] ?? curve.metric.replace(/_/g, " ");
  return <figure>
    <Chart label={`${name} against the optimizer step`} x={x} xLabel="optimizer step" yLabel={name} lines={lines} height={220} legend={false} wholeX chosen={chosen} />
    {curve.count > curve.x.length && <figcaption class="soft">{whole(curve.count)} points; of each bucket the first, lowest, highest and last are drawn</figcaption>}
  </figure>;
}

const rank = (metric: string) => { const at = order.indexOf(metric); return at < 0 ? order.length : at; };

const smoothed = 25;

/** The curve, and for a loss the running mean of its buckets' averages over it: what is drawn of a bucket are its extremes, which say nothing of its middle. */
function linesOf({ metric, x, y, mean_x, mean_y }: Curve): { x: number[]; lines: Line[] } {
  const scale = scales[metric] ?? 1;
  const line = { label: names[metric] ?? metric, values: y.map((value) => value * scale) };
  if (!metric.startsWith("loss") || mean_y.length < 4 * smoothed) return { x, lines: [line] };
  const all = [...new Set([...x, ...mean_x])].sort((a, b) => a - b);
  const place = new Map(all.map((value, i) => [value, i]));
  const over = (at: number[], values: number[]) => {
    const spread = new Array<number | null>(all.length).fill(null);
    at.forEach((step, i) => { spread[place.get(step)!] = values[i]!; });
    return spread;
  };
  let sum = 0;
  const mean = mean_y.map((value, i) => { sum += value - (i >= smoothed ? mean_y[i - smoothed]! : 0); return sum / Math.min(i + 1, smoothed); });
  return { x: all, lines: [{ ...line, values: over(x, y), faint: true }, { label: "running mean", values: over(mean_x, mean) }] };
}

function Measurements({ steps }: { steps: RunStep[] }) {
  const rows = steps.flatMap((step) => step.measurements.map((value, i) => ({ step, value, key: `${step.step} ${i}` })));
  return <Section title="Measured">{rows.length === 0 ? <Empty>Nothing yet.</Empty> : <Table label="Measurements" rows={rows} keyOf={(row) => row.key} columns={[
    { head: "Metric", cell: ({ value }) => `${value.task ? `${value.task} ` : ""}${value.metric.replace(/_/g, " ")}` },
    { head: "Value", number: true, cell: ({ value }) => `${short(value.value)}${value.unit === "1" ? "" : ` ${value.unit}`}` },
    { head: "95 %", number: true, cell: ({ value }) => value.low == null ? "" : `${short(value.low)} to ${short(value.high)}` },
    { head: "Sampler", cell: ({ value }) => value.sampler_steps == null ? "" : `${value.sampler_steps} steps, ensemble ${value.ensemble}` },
    { head: "Step", class: "soft", cell: ({ step }) => step.label },
  ]} />}</Section>;
}

interface LogLine { time: string; event: string; text: string | null }

/** What the latest step that has begun said. */
function Log({ steps }: { steps: RunStep[] }) {
  const begun = steps.filter((step) => step.state !== "waiting");
  const [chosen, setChosen] = useState<string>();
  const step = chosen ?? begun.at(-1)?.step;
  const log = useApi<LogLine[]>(step ? `/jobs/steps/${step}/log` : null);
  if (!step) return null;
  return <Section title="Log" aside={<label>of <select value={step} onChange={(event) => setChosen(event.currentTarget.value)}>{begun.map((one) => <option key={one.step} value={one.step}>{one.label}</option>)}</select></label>}>
    <Answer of={log}>{(lines) => lines.length === 0 ? <Empty>It said nothing.</Empty>
      : <pre class="panel log" tabIndex={0} aria-label="Log">{lines.map((line) => `${line.time.slice(11, 19)}  ${line.event}${line.text ? `  ${line.text}` : ""}`).join("\n")}</pre>}</Answer>
  </Section>;
}
