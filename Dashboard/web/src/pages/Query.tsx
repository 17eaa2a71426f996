// SQL over the result store.
import { useState } from "preact/hooks";
import { ApiError, get, withQuery } from "../api";
import { Page, Section } from "../parts/Page";
import { Table } from "../parts/Table";

interface Answered { columns: string[]; rows: unknown[][]; truncated: boolean }

export function Query() {
  const [sql, setSql] = useState("select * from results limit 50");
  const [answer, setAnswer] = useState<Answered>();
  const [said, setSaid] = useState("");
  const ask = (event: Event) => {
    event.preventDefault();
    get<Answered>(withQuery("/query", { sql })).then(
      (table) => { setAnswer(table); setSaid(`${table.rows.length} rows${table.truncated ? "; more were left out" : ""}`); },
      (error: ApiError) => { setAnswer(undefined); setSaid(error.message); });
  };
  return <Page title="Query" about="SQL over the result store: the views results, curves and runs.">
    <form onSubmit={ask}>
      <label class="field">SQL<textarea rows={5} spellcheck={false} value={sql} onInput={(event) => setSql(event.currentTarget.value)} /></label>
      <button class="primary">Ask</button> <span role="status">{said}</span>
    </form>
    {answer && <Section title="Answer">
      <Table label="Answer" rows={answer.rows} keyOf={(_, i) => String(i)} columns={answer.columns.map((head, i) => ({ head, cell: (row: unknown[]) => row[i] == null ? "" : String(row[i]) }))} />
    </Section>}
  </Page>;
}
