// All runs side by side: choose studies, see their curves together and only the parameters that differ.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type ApiError, post, useApi } from "../api";
import { Chart, type Line } from "../charts/Chart";
import { short } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { State } from "../parts/State";
import { Table } from "../parts/Table";
import { go, Link, useAddress } from "../route";

export interface RunLine { study: string; run: string; model: string; params: number; train_macs: number; seed: number; state: string; metrics: Record<string, number> }
interface Comparison { metric: string; runs: RunLine[]; differing: { path: string; values: (string | null)[] }[]; curves: { run: number; x: number[]; y: number[] }[] }

const most = 500;
const curves = ["loss", "lr", "grad_norm", "images_per_second", "mfu"];
const legendUpTo = 12;
const rowsShown = 100;
const keyOf = (run: { study: string; run: string }) => `${run.study}\n${run.run}`;

export function Runs() {
  const { query } = useAddress();
  const all = useApi<RunLine[]>("/runs");
  return <Page title="Compare runs" about="Curves of up to 500 runs together, and of their parameters only those in which they differ.">
    <Answer of={all}>{(runs) => runs.length === 0
      ? <Empty>No study was run here yet. <Link to="/studies">Choose one</Link></Empty>
      : <Chosen runs={runs} studies={query.getAll("study")} />}</Answer>
  </Page>;
}

function Chosen({ runs, studies: asked }: { runs: RunLine[]; studies: string[] }) {
  const names = useMemo(() => [...new Set(runs.map((run) => run.study))], [runs]);
  const studies = asked.length > 0 ? asked : names.slice(0, 1);
  const [metric, setMetric] = useState("loss");
  const [stage, setStage] = useState("");
  const [filter, setFilter] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [log, setLog] = useState(true);
  const matching = useMemo(() => runs.filter((run) => studies.includes(run.study) && `${run.study} ${run.run} ${run.model}`.toLowerCase().includes(filter.toLowerCase())), [runs, studies.join("\n"), filter]);
  const chosen = useMemo(() => matching.filter((run) => !left.has(keyOf(run))).slice(0, most), [matching, left]);
  const choose = (study: string, on: boolean) => {
    const wanted = on ? [...studies, study] : studies.filter((one) => one !== study);
    go(`/runs?${new URLSearchParams(wanted.map((name) => ["study", name]))}`, true);
  };
  const leave = (run: RunLine, out: boolean) => setLeft((before) => { const next = new Set(before); if (out) next.add(keyOf(run)); else next.delete(keyOf(run)); return next; });
  return <>
    <div class="row">
      <fieldset class="inline"><legend>Studies</legend>{names.map((name) => <label key={name}><input type="checkbox" checked={studies.includes(name)} onChange={(event) => choose(name, event.currentTarget.checked)} /> {name}</label>)}</fieldset>
      <label class="field">Curve<select value={metric} onChange={(event) => setMetric(event.currentTarget.value)}>{curves.map((name) => <option key={name}>{name}</option>)}</select></label>
      <label class="field">Stage<select value={stage} onChange={(event) => setStage(event.currentTarget.value)}>
        <option value="">last training</option><option value="pretrain">pretraining</option><option value="fine-tune">fine-tuning</option></select></label>
      <label class="field">Only runs with<input value={filter} placeholder="part of a name" onInput={(event) => setFilter(event.currentTarget.value)} /></label>
      <label><input type="checkbox" checked={log} onChange={(event) => setLog(event.currentTarget.checked)} /> logarithmic axes</label>
    </div>
    {matching.length > most && <p class="notice warn">{matching.length} runs: the first {most} are compared.</p>}
    <Compared chosen={chosen} metric={metric} stage={stage} log={log} />
    <Section title="Runs" aside={<span class="soft">{chosen.length} of {matching.length} compared{matching.length > rowsShown && `, the first ${rowsShown} listed`}</span>}>
      <RunRows runs={matching.slice(0, rowsShown)} left={left} leave={leave} />
    </Section>
  </>;
}

function RunRows({ runs, left, leave }: { runs: RunLine[]; left: ReadonlySet<string>; leave: (run: RunLine, out: boolean) => void }) {
  const metrics = useMemo(() => [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].filter((name) => /loss$|absrel|delta1$|epe$|iou$/.test(name)).slice(0, 6), [runs]);
  return <Table label="Runs" rows={runs} keyOf={keyOf} columns={[
    { head: "Compared", cell: (run) => <input type="checkbox" aria-label={`Compare ${run.study} ${run.run}`} checked={!left.has(keyOf(run))} onChange={(event) => leave(run, !event.currentTarget.checked)} /> },
    { head: "Run", cell: (run) => <Link to={`/runs/${encodeURIComponent(run.study)}/${encodeURIComponent(run.run)}`}>{run.run}</Link> },
    { head: "Study", cell: (run) => run.study, class: "soft" },
    { head: "State", cell: (run) => <State state={run.state} /> },
    { head: "Model", cell: (run) => run.model },
    { head: "Parameters", number: true, cell: (run) => short(run.params) },
    { head: "Training MACs", number: true, cell: (run) => short(run.train_macs) },
    { head: "Seed", number: true, cell: (run) => run.seed },
    ...metrics.map((name) => ({ head: name.replace(/_/g, " "), number: true, cell: (run: RunLine) => short(run.metrics[name]) })),
  ]} />;
}

function Compared({ chosen, metric, stage, log }: { chosen: RunLine[]; metric: string; stage: string; log: boolean }) {
  const [answer, setAnswer] = useState<{ data?: Comparison; error?: string; seconds?: number }>({});
  const names = JSON.stringify(chosen.map(({ study, run }) => ({ study, run })));
  useEffect(() => {
    let current = true;
    const began = performance.now();
    const runs = JSON.parse(names) as { study: string; run: string }[];
    post<Comparison>("/compare", { studies: [...new Set(runs.map((run) => run.study))], runs, metric, stage: stage || null }).then(
      (data) => { if (current) setAnswer({ data, seconds: (performance.now() - began) / 1000 }); },
      (error: ApiError) => { if (current) setAnswer({ error: error.message }); });
    return () => { current = false; };
  }, [names, metric, stage]);
  const drawn = useMemo(() => answer.data && together(answer.data), [answer.data]);
  if (answer.error) return <p class="notice bad" role="alert">{answer.error}</p>;
  if (!answer.data || !drawn) return <p class="soft" role="status">Loading…</p>;
  const { data } = answer;
  return <>
    <Section title="Curves" aside={<span class="soft">{data.curves.length === 1 ? "1 curve" : `${data.curves.length} curves`}, averaged over windows, in {answer.seconds!.toFixed(2)} s</span>}>
      {data.curves.length === 0 ? <Empty>None of these runs has a curve of {metric} yet.</Empty>
        : <Chart label={`${metric} of ${data.curves.length} runs against the optimizer step`} x={drawn.x} lines={drawn.lines} xLabel="optimizer step" yLabel={metric.replace(/_/g, " ")} logX={log} logY={log} height={360} wholeX legend={data.curves.length <= legendUpTo} />}
    </Section>
    <Section title="What differs">{data.differing.length === 0 ? <Empty>The specs of these runs are the same.</Empty>
      : <Table label="Parameters that differ" rows={data.runs.slice(0, rowsShown).map((run, i) => ({ run, i }))} keyOf={(row) => keyOf(row.run)} columns={[
        { head: "Run", cell: ({ run }) => run.run },
        ...data.differing.map((field) => ({ head: field.path, cell: ({ i }: { i: number }) => field.values[i] ?? "default" })),
      ]} />}
    </Section>
  </>;
}

/** Curves with steps of their own over one axis: every curve has a value where it has a point, and a gap elsewhere. */
function together({ runs, curves: given }: Comparison): { x: number[]; lines: Line[] } {
  const x = [...new Set(given.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const place = new Map(x.map((value, i) => [value, i]));
  const lines = given.map((curve, n) => {
    const values = new Array<number | null>(x.length).fill(null);
    curve.x.forEach((at, i) => { values[place.get(at)!] = curve.y[i]!; });
    const run = runs[curve.run]!;
    return { label: run.run, values, colour: given.length > 8 ? `hsl(${Math.round(210 + 300 * n / given.length) % 360} 55% 52%)` : undefined };
  });
  return { x, lines };
}
