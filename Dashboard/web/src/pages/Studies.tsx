// The studies of this store, and the named ones that can be run.
import { useApi } from "../api";
import type { StudyJob } from "../jobs";
import { laidOver, useLive } from "../live";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { StudyTable } from "../parts/StudyTable";
import { Table } from "../parts/Table";
import { Link } from "../route";

export interface NamedStudy { name: string; claim: string; source: string; cost: string; command: string; scales: string[] }

interface Recorded { id: string; name: string; claim: string; runs: number; steps: number; done: number }

export function Studies() {
  const live = useLive();
  const submitted = useApi<StudyJob[]>("/jobs", live.epoch);
  const recorded = useApi<Recorded[]>("/plans", live.epoch);
  const named = useApi<NamedStudy[]>("/studies");
  return <Page title="Studies" about="A study trains a family of models and fits a law to what they reach." actions={<Link class="button" to="/enqueue">Enqueue a study</Link>}>
    <Section title="In this store">
      <Answer of={submitted}>{(rows) => rows.length === 0 ? <Empty>No study has been submitted here yet.</Empty>
        : <StudyTable label="Submitted studies" studies={laidOver(rows, live.studies, (study) => study.id, true)} />}</Answer>
      <Answer of={recorded}>{(all) => {
        const others = all.filter((plan) => !submitted.data?.some((study) => study.id === plan.id) && !live.studies.has(plan.id));
        return others.length === 0 ? null : <><h3>Run from a terminal</h3><Table label="Other studies" rows={others} keyOf={(plan) => plan.id} columns={[
          { head: "Study", cell: (plan) => <Link to={`/studies/${plan.id}`}>{plan.name}</Link> },
          { head: "Claim", cell: (plan) => plan.claim },
          { head: "Runs", number: true, cell: (plan) => plan.runs },
          { head: "Steps done", number: true, cell: (plan) => `${plan.done} of ${plan.steps}` },
        ]} /></>;
      }}</Answer>
    </Section>
    <Section title="Named studies">
      <Answer of={named}>{(rows) => <Table label="Named studies" rows={rows} keyOf={(row) => row.name} columns={[
        { head: "Study", cell: (row) => <Link to={`/enqueue?study=${row.name}`}>{row.name}</Link> },
        { head: "Claim", cell: (row) => row.claim },
        { head: "Source", cell: (row) => row.source, class: "soft" },
        { head: "Scales", cell: (row) => row.scales.join(", ") },
      ]} />}</Answer>
    </Section>
  </Page>;
}
