// Submitted studies with their progress, and steps that run.
import { duration, short, when } from "../format";
import { shareDone, type StepJob, type StudyJob } from "../jobs";
import { Link } from "../route";
import { JobActions } from "./JobActions";
import { Progress, State } from "./State";
import { Table } from "./Table";

const cost = ({ macs, macs_done }: { macs: number; macs_done: number }) => macs > 0 ? `${short(macs_done)} of ${short(macs)}` : "";

export const StudyTable = ({ label, studies }: { label: string; studies: StudyJob[] }) => <Table label={label} rows={studies} keyOf={(study) => study.id} columns={[
  { head: "Study", cell: (study) => <Link to={`/studies/${study.id}`}>{study.name}</Link> },
  { head: "State", cell: (study) => <State state={study.state} /> },
  { head: "Progress", cell: (study) => <Progress label={study.name} fraction={shareDone(study)} /> },
  { head: "Steps", number: true, cell: (study) => `${study.done} of ${study.total}` },
  { head: "Cost, MACs", number: true, cell: (study) => cost(study) },
  { head: "Submitted", cell: (study) => <span class="soft">{when(new Date(study.submitted_ms).toISOString())}{study.requested_by && ` by ${study.requested_by}`}</span> },
  { head: "Actions", cell: (study) => <JobActions name={study.id} label={study.name} state={study.state} /> },
]} />;

export const RunningTable = ({ steps }: { steps: StepJob[] }) => <Table label="Running steps" rows={steps} keyOf={(step) => step.name} columns={[
  { head: "Step", cell: (step) => <Link to={`/steps/${step.name}`}>{step.label}</Link> },
  { head: "Progress", cell: (step) => <Progress label={step.label} fraction={step.fraction} eta={step.eta_seconds} /> },
  { head: "Rate", cell: (step) => step.rate ?? "" },
  { head: "Loss", number: true, cell: (step) => short(step.loss) },
  { head: "Cost, MACs", number: true, cell: (step) => cost(step) },
  { head: "Running for", number: true, cell: (step) => step.started_ms ? duration((Date.now() - step.started_ms) / 1000) : "" },
  { head: "Where", cell: (step) => <span class="soft">{step.device ?? step.worker}</span> },
  { head: "Detail", class: "soft", cell: (step) => step.wanted ? `asked to ${step.wanted}` : step.detail ?? "" },
]} />;
