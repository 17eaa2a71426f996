// One step: where it stands, what happened to it, and what it said.
import { useEffect, useRef } from "preact/hooks";
import { useApi } from "../api";
import { digits, duration, short, when } from "../format";
import type { StepJob, StudyJob } from "../jobs";
import { useLive } from "../live";
import { JobActions } from "../parts/JobActions";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { Progress, State } from "../parts/State";
import { Table } from "../parts/Table";
import { Link } from "../route";

interface StepEvent { id: number; at_ms: number; attempt: number; worker: string | null; what: string; text: string | null }
interface Shown { step: StepJob; study: StudyJob; events: StepEvent[] }
interface LogLine { time: string; worker: string; attempt: number; event: string; text: string | null }

const took = (step: StepJob) => step.started_ms ? duration(((step.finished_ms ?? Date.now()) - step.started_ms) / 1000) : "";

export function Step({ step: name }: Record<string, string>) {
  const live = useLive();
  const changed = live.steps.get(name!);
  const shown = useApi<Shown>(`/jobs/steps/${name}`, live.epoch);
  const log = useApi<LogLine[]>(`/jobs/steps/${name}/log`, live.epoch);
  const state = changed?.state;
  useEffect(() => { if (state) { shown.reload(); log.reload(); } }, [state]);
  const ticks = useRef(0);
  useEffect(() => { if (changed && ++ticks.current % 5 === 0) log.reload(); }, [changed]);
  const title = (changed ?? shown.data?.step)?.label ?? `Step ${digits(name!)}`;
  return <Page title={title} about={<>Step <code>{digits(name!)}</code>{shown.data && <> of <Link to={`/studies/${shown.data.study.id}`}>{shown.data.study.name}</Link></>}</>}>
    <Answer of={shown}>{(data) => {
      const step = changed ?? data.step;
      return <>
        <p class="actions"><State state={step.state} />{step.state === "running" && <Progress label={step.label} fraction={step.fraction} eta={step.eta_seconds} rate={step.rate ?? ""} />}
          <JobActions name={step.name} label={step.label} state={step.state} changed={shown.reload} /></p>
        {step.message && <p class={`notice ${step.state === "failed" ? "bad" : "warn"}`}>{step.message}</p>}
        <dl class="facts">
          <div><dt>Kind</dt><dd>{step.kind}</dd></div>
          <div><dt>Took</dt><dd>{took(step)}</dd></div>
          <div><dt>Attempts</dt><dd>{step.attempt}</dd></div>
          <div><dt>Worker</dt><dd>{step.worker ?? "none"}{step.device && `, ${step.device}`}</dd></div>
          {step.macs > 0 && <div><dt>MACs</dt><dd>{short(step.macs)}</dd></div>}
          {step.loss != null && <div><dt>Loss</dt><dd>{short(step.loss)} at step {step.optimizer_step}</dd></div>}
        </dl>
        <Section title="What happened">{data.events.length === 0 ? <Empty>Nothing yet.</Empty> : <Table label="Events" rows={data.events} keyOf={(event) => String(event.id)} columns={[
          { head: "When", class: "soft", cell: (event) => when(new Date(event.at_ms).toISOString()) },
          { head: "What", cell: (event) => event.what },
          { head: "Attempt", number: true, cell: (event) => event.attempt },
          { head: "Worker", class: "soft", cell: (event) => event.worker ?? "" },
          { head: "Text", cell: (event) => event.text ?? "" },
        ]} />}</Section>
      </>;
    }}</Answer>
    <Section title="Log"><Answer of={log}>{(lines) => lines.length === 0 ? <Empty>It has said nothing yet.</Empty>
      : <pre class="panel log" tabIndex={0}>{lines.map((line) => `${line.time.slice(11, 19)}  ${line.event}${line.text ? `  ${line.text}` : ""}`).join("\n")}</pre>}</Answer></Section>
  </Page>;
}
