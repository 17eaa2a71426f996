// What runs now.
import { Empty, Page, Section } from "../parts/Page";
import { Progress, State } from "../parts/State";
import { Table } from "../parts/Table";
import { useSteps } from "../live";

export function Overview() {
  const steps = [...useSteps().values()];
  return <Page title="Overview" about="Scaling studies of diffusion transformers on visual perception: choose a study, watch its steps, ask its results.">
    <Section title="Steps">
      {steps.length === 0
        ? <Empty>Nothing runs.</Empty>
        : <Table label="Steps" rows={steps} keyOf={(step) => step.step} columns={[
          { head: "Step", cell: (step) => step.label },
          { head: "State", cell: (step) => <State state={step.state} /> },
          { head: "Progress", cell: (step) => <Progress label={step.label} fraction={step.fraction} eta={step.eta_seconds} rate={step.rate} /> },
          { head: "Detail", cell: (step) => step.detail, class: "soft" },
        ]} />}
    </Section>
  </Page>;
}
