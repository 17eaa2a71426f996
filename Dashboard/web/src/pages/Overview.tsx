// What runs now, on what, and what came out last; on a first visit, what this is and a button that runs the demo study.
import { useState } from "preact/hooks";
import { type ApiError, post, useApi } from "../api";
import { bytes, short, when } from "../format";
import { isOver, type StepJob, type StudyJob, type WorkerJob } from "../jobs";
import { laidOver, useLive } from "../live";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { State } from "../parts/State";
import { RunningTable, StudyTable } from "../parts/StudyTable";
import { Table } from "../parts/Table";
import { go, Link } from "../route";
import { useOperator } from "../session";

interface LastResult { study: string; run: string; step: string; metric: string; unit: string; task: string | null; value: number; low: number | null; high: number | null; time: string }
interface Machine { host: string; cores: number; memory_bytes: number; disk_free_bytes: number; store: string }

export function Overview() {
  const live = useLive();
  const studies = useApi<StudyJob[]>("/jobs", live.epoch);
  const running = useApi<StepJob[]>("/jobs/running", live.epoch);
  return <Page title="Overview" about="Scaling studies of diffusion transformers on visual perception: choose a study, watch its steps, ask its results.">
    <Answer of={studies}>{(given) => {
      const all = laidOver(given, live.studies, (study) => study.id, true);
      const moving = all.filter((study) => !isOver(study.state));
      return <>
        {all.length === 0 && <Welcome />}
        <Answer of={running}>{(steps) => <Running steps={laidOver(steps, live.steps, (step) => step.name, true).filter((step) => step.state === "running")} />}</Answer>
        {all.length > 0 && <Section title="Studies" aside={<Link to="/studies">all studies</Link>}>
          <StudyTable label="Studies" studies={[...moving, ...all.filter((study) => isOver(study.state))].slice(0, 8)} />
        </Section>}
      </>;
    }}</Answer>
    <LastResults epoch={live.epoch} />
    <Workers />
  </Page>;
}

function Welcome() {
  const operator = useOperator();
  const [said, setSaid] = useState("");
  const run = () => post<{ id: string }>("/studies/submit", { study: "demo" }).then((job) => go(`/studies/${job.id}`), (error: ApiError) => setSaid(error.message));
  return <section class="welcome" aria-labelledby="welcome">
    <h2 id="welcome">Begin with the demo</h2>
    <p>A <em>study</em> trains a family of models and fits a law to what they reach. It becomes a graph of steps (data, training, measuring, fitting);
      each step runs once, can be killed at any moment, and goes on from its last checkpoint. A finished step is never run again.</p>
    <p>The demo renders scenes with exact depth, trains five sizes of a diffusion transformer to see depth, and fits how the error falls with compute:
      about six minutes on two cores, nothing to download.</p>
    <p class="actions"><button type="button" class="primary" disabled={!operator} onClick={run}>Run the demo study</button>
      <Link to="/enqueue">Choose another study</Link>{!operator && <span class="soft">Running needs the operator's role.</span>}</p>
    {said && <p class="notice bad" role="alert">{said}</p>}
  </section>;
}

const Running = ({ steps }: { steps: StepJob[] }) => <Section title="Running now">
  {steps.length === 0 ? <Empty>Nothing runs.</Empty> : <RunningTable steps={steps} />}
</Section>;

function LastResults({ epoch }: { epoch: number }) {
  const results = useApi<LastResult[]>("/overview/results", epoch);
  return <Answer of={results}>{(rows) => rows.length === 0 ? null : <Section title="Last results" aside={<Link to="/laws">laws</Link>}>
    <Table label="Last results" rows={rows} keyOf={(row) => `${row.step} ${row.metric}`} columns={[
      { head: "Run", cell: (row) => <Link to={`/steps/${row.step}`}>{row.study === row.run ? row.run : `${row.study}: ${row.run}`}</Link> },
      { head: "Metric", cell: (row) => `${row.task ? `${row.task} ` : ""}${row.metric.replace(/_/g, " ")}` },
      { head: "Value", number: true, cell: (row) => `${short(row.value)}${row.unit === "1" ? "" : ` ${row.unit}`}` },
      { head: "95 % interval", number: true, cell: (row) => row.low == null ? "" : `${short(row.low)} to ${short(row.high)}` },
      { head: "Measured", class: "soft", cell: (row) => when(row.time) },
    ]} />
  </Section>}</Answer>;
}

function Workers() {
  const live = useLive();
  const workers = useApi<WorkerJob[]>("/jobs/workers", live.epoch);
  const machine = useApi<Machine>("/overview/machine");
  return <Section title="Workers and devices" aside={machine.data && <span class="soft">{machine.data.host}: {machine.data.cores} cores, {bytes(machine.data.memory_bytes)} memory, {bytes(machine.data.disk_free_bytes)} of disk free</span>}>
    <Answer of={workers}>{(given) => {
      const rows = laidOver(given, live.workers, (worker) => worker.id, true);
      return rows.length === 0 ? <Empty>No worker has ever started; <code>flow worker</code> starts one.</Empty> : <Table label="Workers" rows={rows} keyOf={(worker) => worker.id} columns={[
        { head: "Worker", cell: (worker) => `${worker.host}, process ${worker.pid}` },
        { head: "State", cell: (worker) => <State state={worker.state} /> },
        { head: "Queues", cell: (worker) => worker.queues },
        { head: "Devices", cell: (worker) => worker.devices },
        { head: "Running", number: true, cell: (worker) => worker.running },
        { head: "Since", class: "soft", cell: (worker) => when(new Date(worker.started_ms).toISOString()) },
      ]} />;
    }}</Answer>
  </Section>;
}
