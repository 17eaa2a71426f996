// Choose a named study or paste a spec; a form made from it; every mistake at its field; the cost before the button works.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, get, type Mistake, post, useApi } from "../api";
import { duration, short, whole } from "../format";
import { type Field, fieldsOf, SpecForm } from "../parts/SpecForm";
import { Page, Section } from "../parts/Page";
import { Table } from "../parts/Table";
import { go, useAddress } from "../route";
import { useOperator } from "../session";
import { setAt } from "../spec";
import type { NamedStudy } from "./Studies";

interface Cost { macs: number; flops: number; images: number; tokens: number; gpu_hours: number; dollars: number | null }
interface Checked {
  name: string | null; spec: unknown; form: Field | null; mistakes: Mistake[]; runs: number; steps: number; done: number;
  run_costs: { run: string; model: string; cost: Cost | null }[]; total: Cost | null; unknown: string[];
}
interface Device { name: string; peak_tflops: number }

const wait = 350;

export function Enqueue() {
  const { query } = useAddress();
  const named = useApi<NamedStudy[]>("/studies");
  const devices = useApi<Device[]>("/devices");
  const operator = useOperator();
  const [text, setText] = useState("");
  const [scale, setScale] = useState("");
  const [study, setStudy] = useState(query.get("study") ?? "");
  const [price, setPrice] = useState({ device: "H100", mfu: "0.4", price: "" });
  const [options, setOptions] = useState({ priority: "normal", max_parallel: "" });
  const [form, setForm] = useState<Field>();
  const [checked, setChecked] = useState<Checked>();
  const [said, setSaid] = useState("");
  const [asking, setAsking] = useState(false);

  // The form is made again when another text is given, not when a field of it changes: whoever types keeps the place.
  const fresh = useRef(true);
  const canonical = useRef(false);
  const give = (spec: string) => { fresh.current = true; canonical.current = false; setText(spec); };

  /** A spec of one's own has no scale of the study that was chosen before. */
  const typed = (spec: string) => { if (!/"scales"\s*:/.test(spec)) setScale(""); give(spec); };

  useEffect(() => {
    const from = query.get("from");
    if (from && !study) get<{ spec: unknown }>(`/plans/${from}`).then((plan) => give(JSON.stringify(plan.spec, null, 2)), (error: ApiError) => setSaid(error.message));
    else if (study) get<{ text: string; scales: string[] }>(`/studies/${study}`).then((file) => {
      setScale(file.scales.includes("tiny") ? "tiny" : file.scales[0] ?? "");
      give(file.text);
    }, (error: ApiError) => setSaid(error.message));
  }, [study]);

  const ask = useMemo(() => ({ spec: text, scale: scale || undefined, device: price.device, mfu: Number(price.mfu) || 0, price: price.price ? Number(price.price) : undefined }), [text, scale, price]);
  useEffect(() => {
    if (!text.trim()) { setChecked(undefined); setForm(undefined); return; }
    let stale = false;
    setAsking(true);
    const timer = setTimeout(() => post<Checked>("/studies/check", ask).then((answer) => {
      if (stale) return;
      setChecked(answer);
      setSaid("");
      if (fresh.current && answer.form) { setForm(answer.form); fresh.current = false; }
    }, (error: ApiError) => { if (!stale) { setSaid(error.message); setChecked(undefined); } }).finally(() => { if (!stale) setAsking(false); }), wait);
    return () => { stale = true; clearTimeout(timer); };
  }, [ask]);

  /** A field's change becomes the text; a study with scales is written out at its scale by then. */
  const change = (path: string, value: unknown) => {
    const base = canonical.current ? JSON.parse(text) as unknown : checked?.spec;
    if (!base) return;
    canonical.current = true;
    setScale("");
    setText(JSON.stringify(setAt(base, path, value), null, 2));
  };

  const submit = () => post<{ id: string }>("/studies/submit", {
    spec: text, scale: scale || undefined, priority: options.priority, max_parallel: options.max_parallel ? Number(options.max_parallel) : undefined,
  }).then((job) => go(`/studies/${job.id}`), (error: ApiError) => setSaid(error.message));

  const scales = named.data?.find((one) => one.name === study)?.scales ?? [];
  const ready = operator && !asking && checked !== undefined && checked.mistakes.length === 0;
  return <Page title="Enqueue" about="Choose a named study or paste a spec of your own. Nothing runs before you have seen what it costs.">
    <div class="row">
      <label class="field">Named study<select value={study} onChange={(event) => { setStudy(event.currentTarget.value); }}>
        <option value="">–</option>{named.data?.map((one) => <option key={one.name} value={one.name}>{one.name}</option>)}</select></label>
      {scale && <label class="field">Scale<select value={scale} onChange={(event) => { fresh.current = true; setScale(event.currentTarget.value); }}>{scales.map((one) => <option key={one}>{one}</option>)}</select></label>}
      <label class="field">Device to price on<select value={price.device} onChange={(event) => setPrice({ ...price, device: event.currentTarget.value })}>
        {(devices.data ?? [{ name: "H100" } as Device]).map((device) => <option key={device.name}>{device.name}</option>)}</select></label>
      <label class="field">MFU<input type="number" min="0.01" max="1" step="0.01" value={price.mfu} onInput={(event) => setPrice({ ...price, mfu: event.currentTarget.value })} /></label>
      <label class="field">Dollars a device-hour<input type="number" min="0" step="0.1" value={price.price} onInput={(event) => setPrice({ ...price, price: event.currentTarget.value })} /></label>
    </div>
    {said && <p class="notice bad" role="alert">{said}</p>}
    <Mistakes mistakes={checked?.mistakes ?? []} form={form} />
    {checked && checked.mistakes.length === 0 && <CostOf checked={checked} device={price.device} />}
    {text && <Section title="Run it">
      <div class="row">
        <label class="field">Priority<select value={options.priority} onChange={(event) => setOptions({ ...options, priority: event.currentTarget.value })}><option>low</option><option>normal</option><option>high</option></select></label>
        <label class="field">Most trainings at once<input type="number" min="1" placeholder="no limit" value={options.max_parallel} onInput={(event) => setOptions({ ...options, max_parallel: event.currentTarget.value })} /></label>
        <button type="button" class="primary" disabled={!ready} onClick={submit}>Enqueue {checked?.name ?? ""}</button>
        <span class="soft" role="status">{asking ? "Checking…" : !operator ? "Running needs the operator's role." : checked?.mistakes.length ? `${checked.mistakes.length} mistakes to mend first` : ""}</span>
      </div>
    </Section>}
    {form && <Section title="Form"><SpecForm form={form} spec={checked?.spec} mistakes={checked?.mistakes ?? []} change={change} /></Section>}
    <Section title="Text"><label class="field">The spec as JSON (comments are allowed)
      <textarea rows={text ? 18 : 8} spellcheck={false} value={text} onInput={(event) => typed(event.currentTarget.value)} /></label></Section>
  </Page>;
}

/** Mistakes that no field of the form shows: of the text itself, or of something that is not there yet. */
function Mistakes({ mistakes, form }: { mistakes: Mistake[]; form: Field | undefined }) {
  const shown = form ? fieldsOf(form) : new Set<string>();
  const others = mistakes.filter((mistake) => !shown.has(mistake.path.replace(/^run\[[^\]]*\]/, "run")));
  return others.length === 0 ? null : <ul class="notice bad" role="alert">{others.map((mistake) => <li key={mistake.path + mistake.allowed}><code>{mistake.path}</code>: {mistake.given} is {mistake.allowed}</li>)}</ul>;
}

function CostOf({ checked, device }: { checked: Checked; device: string }) {
  const { total } = checked;
  return <Section title="What it costs" aside={<span class="soft">{checked.runs} runs, {checked.steps} steps{checked.done > 0 && `, ${checked.done} of them are in this store already`}</span>}>
    {total && <div class="cards">
      <p class="card"><b>{short(total.macs)}</b>MACs, {short(total.flops)} FLOPs</p>
      <p class="card"><b>{short(total.images)}</b>images, {short(total.tokens)} tokens</p>
      <p class="card"><b>{duration(total.gpu_hours * 3600)}</b>of one {device}, {short(total.gpu_hours)} GPU-hours</p>
      {total.dollars != null && <p class="card"><b>{total.dollars.toFixed(2)}</b>dollars</p>}
    </div>}
    {checked.unknown.length > 0 && <p class="notice warn">Not counted, because the size of its data is not known: {checked.unknown.join("; ")}</p>}
    <details><summary>Each of the {checked.runs} runs by itself</summary>
      <Table label="Cost of each run" rows={checked.run_costs} keyOf={(row) => row.run} columns={[
        { head: "Run", cell: (row) => row.run || "the run" }, { head: "Model", cell: (row) => row.model },
        { head: "MACs", number: true, cell: (row) => short(row.cost?.macs) }, { head: "Images", number: true, cell: (row) => whole(row.cost?.images) },
        { head: "GPU-hours", number: true, cell: (row) => short(row.cost?.gpu_hours) }, { head: "Dollars", number: true, cell: (row) => row.cost?.dollars?.toFixed(2) ?? "" },
      ]} /></details>
  </Section>;
}
