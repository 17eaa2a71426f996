// The named studies.
import { useState } from "preact/hooks";
import { post, useApi } from "../api";
import { Answer, Page, Section } from "../parts/Page";
import { Table } from "../parts/Table";

export interface NamedStudy { name: string; claim: string; source: string; cost: string; command: string; scales: string[] }

export function Studies() {
  const named = useApi<NamedStudy[]>("/studies");
  const [said, setSaid] = useState("");
  const run = (study: string) => post("/studies/run", { study }).then(() => setSaid(`${study} is queued.`), (error: Error) => setSaid(error.message));
  return <Page title="Studies" about="A study trains a family of models and fits a law to what they reach. A finished step is never run again.">
    <p role="status">{said}</p>
    <Section title="Named studies">
      <Answer of={named}>{(rows) => <Table label="Named studies" rows={rows} keyOf={(row) => row.name} columns={[
        { head: "Study", cell: (row) => row.name },
        { head: "Claim", cell: (row) => row.claim },
        { head: "Cost", cell: (row) => row.cost, class: "soft" },
        { head: "", cell: (row) => <button type="button" onClick={() => run(row.name)}>Run {row.name}</button> },
      ]} />}</Answer>
    </Section>
  </Page>;
}
