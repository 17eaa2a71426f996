// One study: its graph with live states, its runs with their specs, and what differs between two specs.
import { useMemo, useState } from "preact/hooks";
import { type Asked, useApi, withQuery } from "../api";
import { shareDone, type StepJob, type StudyJob } from "../jobs";
import { laidOver, useLive } from "../live";
import { Dag, type Node } from "../parts/Dag";
import { JobActions } from "../parts/JobActions";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { Progress, State } from "../parts/State";
import { Table } from "../parts/Table";
import { Link } from "../route";

interface PlannedRun { run: string; model: string; steps: string[] }
interface Plan { id: string; name: string; claim: string; source: string; notes: string; spec: unknown; nodes: Node[]; runs: PlannedRun[] }
interface Job { study: StudyJob; steps: StepJob[] }

export function Study({ id }: Record<string, string>) {
  const live = useLive();
  const plan = useApi<Plan>(`/plans/${id}`, live.epoch);
  const job = useApi<Job>(plan.data ? `/jobs/${plan.data.id}` : null, live.epoch);
  const jobs = new Map(laidOver(job.data?.steps ?? [], live.steps, (step) => step.name).map((step) => [step.name, step]));
  const study = plan.data && (live.studies.get(plan.data.id) ?? job.data?.study);
  return <Page title={plan.data?.name ?? "Study"} about={plan.data?.claim} actions={study && <><State state={study.state} /><Progress label={study.name} fraction={shareDone(study)} /><JobActions name={study.id} label={study.name} state={study.state} changed={job.reload} /></>}>
    <Answer of={plan}>{(data) => {
      const nodes = data.nodes.map((node) => ({ ...node, done: node.done || jobs.get(node.step)?.state === "done" }));
      const failed = [...jobs.values()].filter((step) => step.state === "failed");
      return <>
        {data.source && <p class="soft">Source: {data.source}</p>}
        {failed.map((step) => <p key={step.name} class="notice bad"><Link to={`/steps/${step.name}`}>{step.label}</Link> failed: {step.message}</p>)}
        {nodes.every((node) => node.done) && <p class="notice good">All {nodes.length} steps are done: <a href={`/report/${data.id}`}>the report</a>, <Link to={withQuery("/laws", { study: data.name })}>its laws</Link>, <Link to={withQuery("/gallery", { study: data.id })}>its pictures</Link>.</p>}
        <Section title="Graph of steps" aside={<span class="soft">{nodes.filter((node) => node.done).length} of {nodes.length} done</span>}><Dag nodes={nodes} jobs={jobs} /></Section>
        <Runs plan={data} nodes={nodes} jobs={jobs} />
        <Section title="Spec"><details><summary>The whole study in canonical form</summary><pre>{JSON.stringify(data.spec, null, 2)}</pre></details>
          <p><Link to={withQuery("/enqueue", { from: data.id })}>Use as the beginning of another study</Link></p></Section>
      </>;
    }}</Answer>
  </Page>;
}

function Runs({ plan, nodes, jobs }: { plan: Plan; nodes: Node[]; jobs: ReadonlyMap<string, StepJob> }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const [shown, setShown] = useState("");
  const byName = useMemo(() => new Map(nodes.map((node) => [node.step, node])), [nodes]);
  const state = (run: PlannedRun) => {
    const states = run.steps.map((step) => byName.get(step)?.done ? "done" : jobs.get(step)?.state ?? "waiting");
    return ["running", "failed", "paused", "cancelled", "stopped", "ready", "waiting"].find((one) => states.includes(one as never)) ?? "done";
  };
  const choose = (run: string, on: boolean) => setChosen(on ? [...chosen.slice(-1), run] : chosen.filter((one) => one !== run));
  return <Section title="Runs" aside={<span class="soft">choose two to see what differs</span>}>
    <Table label="Runs" rows={plan.runs} keyOf={(run) => run.run} columns={[
      { head: "Choose", cell: (run) => <input type="checkbox" aria-label={`Choose ${run.run}`} checked={chosen.includes(run.run)} onChange={(event) => choose(run.run, event.currentTarget.checked)} /> },
      { head: "Run", cell: (run) => <Link to={`/runs/${plan.id}/${encodeURIComponent(run.run)}`}>{run.run}</Link> },
      { head: "Model", cell: (run) => run.model },
      { head: "State", cell: (run) => <State state={state(run)} /> },
      { head: "Steps done", number: true, cell: (run) => `${run.steps.filter((step) => byName.get(step)?.done).length} of ${run.steps.length}` },
      { head: "Spec", cell: (run) => <button type="button" aria-expanded={shown === run.run} onClick={() => setShown(shown === run.run ? "" : run.run)}>{shown === run.run ? "hide" : "show"} spec of {run.run}</button> },
    ]} />
    {shown && <RunSpec plan={plan.id} run={shown} />}
    {chosen.length === 2 && <Difference before={`${plan.id}:${chosen[0]}`} after={`${plan.id}:${chosen[1]}`} names={[chosen[0]!, chosen[1]!]} />}
  </Section>;
}

function RunSpec({ plan, run }: { plan: string; run: string }) {
  const spec: Asked<unknown> = useApi<unknown>(`/plans/${plan}/runs/${encodeURIComponent(run)}`);
  return <Answer of={spec}>{(data) => <pre class="panel">{JSON.stringify(data, null, 2)}</pre>}</Answer>;
}

export function Difference({ before, after, names }: { before: string; after: string; names: [string, string] }) {
  const changes = useApi<{ path: string; before: string | null; after: string | null }[]>(withQuery("/plans/difference", { before, after }));
  return <><h3>{names[0]} against {names[1]}</h3>
    <Answer of={changes}>{(rows) => rows.length === 0 ? <Empty>They do not differ.</Empty> : <Table label="Differences" rows={rows} keyOf={(row) => row.path} columns={[
      { head: "Field", cell: (row) => <code>{row.path}</code> },
      { head: names[0], cell: (row) => <code>{row.before ?? "default"}</code> },
      { head: names[1], cell: (row) => <code>{row.after ?? "default"}</code> },
    ]} />}</Answer></>;
}
