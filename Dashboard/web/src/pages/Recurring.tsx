// Evaluations that recur: add, edit, pause, run now, and what came of each firing.
import { useEffect, useState } from "preact/hooks";
import { type ApiError, post, send, useApi, whileSeen } from "../api";
import { when } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { State } from "../parts/State";
import { Table } from "../parts/Table";
import { useOperator } from "../session";
import type { NamedStudy } from "./Studies";

interface Firing { due_ms: number; fired_ms: number; worker: string | null; outcome: string }
interface Recurrence { name: string; cron: string; time_zone: string; evaluate: string; study: string; misfire: string; paused: boolean; next_ms: number | null; firings: Firing[] }

const every = 3000;
const fresh = { name: "", study: "", cron: "0 2 * * *", time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", evaluate: "latest", misfire: "once" };
const at = (ms: number | null) => ms ? when(new Date(ms).toISOString()) : "";

export function Recurring() {
  const all = useApi<Recurrence[]>("/recurring");
  const operator = useOperator();
  const [form, setForm] = useState(fresh);
  const [history, setHistory] = useState("");
  const [said, setSaid] = useState("");
  useEffect(() => whileSeen(every, all.reload), [all.reload]);
  const change = (asked: Promise<unknown>, done: string) => asked.then(() => { setSaid(done); all.reload(); }, (error: ApiError) => setSaid(error.message));
  const of = (row: Recurrence) => `/recurring/${encodeURIComponent(row.name)}`;
  return <Page title="Recurring" about="Evaluations that workers repeat: the newest training of a study is measured again and again, and what is measured already is not run again.">
    <p role="status">{said}</p>
    <Answer of={all}>{(rows) => <>
      {rows.length === 0 ? <Empty>Nothing recurs yet.{operator && " Add an evaluation below: workers repeat it on its schedule."}</Empty> : <Table label="Recurring evaluations" rows={rows} keyOf={(row) => row.name} columns={[
        { head: "Name", cell: (row) => row.name },
        { head: "Study", cell: (row) => row.study },
        { head: "Measures", cell: (row) => row.evaluate },
        { head: "When", cell: (row) => <><code>{row.cron}</code> <span class="soft">{row.time_zone}</span></> },
        { head: "Next", cell: (row) => row.paused ? <State state="paused" /> : at(row.next_ms) || <span class="soft">when a worker has seen it</span> },
        { head: "Last", cell: (row) => row.firings[0] ? `${at(row.firings[0].fired_ms)}: ${row.firings[0].outcome}` : "never" },
        { head: "Actions", cell: (row) => <span class="actions">
          {operator && <>
            <button type="button" aria-label={`run now ${row.name}`} onClick={() => change(post(`${of(row)}/run`), `${row.name} fires within seconds.`)}>run now</button>
            <button type="button" aria-label={`${row.paused ? "resume" : "pause"} ${row.name}`} onClick={() => change(post(`${of(row)}/${row.paused ? "resume" : "pause"}`), `${row.name}: ${row.paused ? "resumed" : "paused"}.`)}>{row.paused ? "resume" : "pause"}</button>
            <button type="button" aria-label={`edit ${row.name}`} onClick={() => setForm({ name: row.name, study: row.study, cron: row.cron, time_zone: row.time_zone, evaluate: row.evaluate, misfire: row.misfire })}>edit</button>
            <button type="button" class="danger" aria-label={`remove ${row.name}`} onClick={() => { if (confirm(`Remove ${row.name}? Its history stays.`)) change(send("DELETE", of(row)), `${row.name} is gone.`); }}>remove</button>
          </>}
          <button type="button" aria-expanded={history === row.name} aria-label={`history of ${row.name}`} onClick={() => setHistory(history === row.name ? "" : row.name)}>history</button>
        </span> },
      ]} />}
      {rows.filter((row) => row.name === history).map((row) => <Section key={row.name} title={`History of ${row.name}`}>
        {row.firings.length === 0 ? <Empty>It has not fired yet.</Empty> : <Table label="Firings" rows={row.firings} keyOf={(firing) => String(firing.due_ms)} columns={[
          { head: "Due", cell: (firing) => at(firing.due_ms) }, { head: "Fired", cell: (firing) => at(firing.fired_ms) },
          { head: "Outcome", cell: (firing) => firing.outcome }, { head: "Worker", class: "soft", cell: (firing) => firing.worker ?? "" },
        ]} />}
      </Section>)}
    </>}</Answer>
    {operator && <Edit form={form} setForm={setForm} save={() => change(send("PUT", `/recurring/${encodeURIComponent(form.name)}`, { study: form.study, cron: form.cron, time_zone: form.time_zone, evaluate: form.evaluate, misfire: form.misfire }), `${form.name} is saved.`)}
      known={all.data?.some((row) => row.name === form.name) ?? false} />}
  </Page>;
}

function Edit({ form, setForm, save, known }: { form: typeof fresh; setForm: (form: typeof fresh) => void; save: () => void; known: boolean }) {
  const stored = useApi<{ id: string; name: string }[]>("/plans");
  const named = useApi<NamedStudy[]>("/studies");
  const studies = [...new Set([...(stored.data ?? []), ...(named.data ?? [])].map((study) => study.name))];
  const field = (label: string, key: keyof typeof fresh, hint: string) => <label class="field">{label}
    <input required value={form[key]} placeholder={hint} onInput={(event) => setForm({ ...form, [key]: event.currentTarget.value })} /></label>;
  return <Section title={known ? `Change ${form.name}` : "Add one"}>
    <form onSubmit={(event) => { event.preventDefault(); save(); }}>
      <div class="grid">
        {field("Name", "name", "nightly")}
        <label class="field">Study<select required value={form.study} onChange={(event) => setForm({ ...form, study: event.currentTarget.value })}><option value="">choose one</option>{studies.map((name) => <option key={name}>{name}</option>)}</select></label>
        {field("When, as cron", "cron", "0 2 * * *")}
        {field("Time zone", "time_zone", "Europe/Berlin")}
        {field("Measure", "evaluate", "latest")}
        <label class="field">Missed firings<select value={form.misfire} onChange={(event) => setForm({ ...form, misfire: event.currentTarget.value })}><option value="once">make up for one</option><option value="skip">skip</option></select></label>
      </div>
      <p class="soft">When is five fields: minute, hour, day, month, weekday. Measure is latest, all, or the label of one run. A firing is missed while no worker runs.</p>
      <p class="actions"><button class="primary">{known ? "Save" : "Add"}</button>{form !== fresh && <button type="button" onClick={() => setForm(fresh)}>Clear</button>}</p>
    </form>
  </Section>;
}
