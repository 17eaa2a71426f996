// Pictures of finished evaluations: what the model saw, the truth, what a sampler made of it, where it errs and where it is unsure.
import { useState } from "preact/hooks";
import { useApi, withQuery } from "../api";
import { short } from "../format";
import { Answer, Empty, Page, Section } from "../parts/Page";
import { go, Link, useAddress } from "../route";

interface Evaluation { step: string; study: string; identity: string; run: string; label: string; task: string }
interface Prediction { steps: number; ensemble: number; sampler: string; macs: number; picture: string; raw: string; error: string; uncertainty: string | null; scores: Record<string, number> }
interface Sample { id: number; key: string; image: string; prompt: string | null; truth: string; truth_raw: string; predictions: Prediction[] }
interface Index { task: string; size: number; error_full: number; error_unit: string; samples: Sample[] }

const prompts: Record<string, string> = { flow: "next frame", amodal: "visible part" };

export function Gallery() {
  const { query } = useAddress();
  const all = useApi<Evaluation[]>(withQuery("/gallery", { study: query.get("study") }));
  return <Page title="Gallery" about="The same few samples of every evaluation: image, truth, prediction, error and uncertainty, for each number of denoising steps and each ensemble that was evaluated.">
    <Answer of={all}>{(evaluations) => evaluations.length === 0
      ? <Empty>No finished evaluation has pictures{query.get("study") ? <> in this study. <Link to="/gallery">All studies</Link></> : " yet."}</Empty>
      : <Chosen evaluations={evaluations} />}</Answer>
  </Page>;
}

function Chosen({ evaluations }: { evaluations: Evaluation[] }) {
  const { query } = useAddress();
  const chosen = evaluations.find((one) => one.step === query.get("step")) ?? evaluations[0]!;
  const index = useApi<Index>(`/gallery/${chosen.step}`);
  const choose = (step: string) => { const next = new URLSearchParams(query); next.set("step", step); go(`/gallery?${next}`, true); };
  return <>
    <label class="field narrow">Evaluation<select value={chosen.step} onChange={(event) => choose(event.currentTarget.value)}>
      {evaluations.map((one) => <option key={one.step} value={one.step}>{one.study === one.run ? one.study : `${one.study}: ${one.run}`}, {one.task}</option>)}</select></label>
    <p class="soft"><Link to={`/runs/${encodeURIComponent(chosen.study)}/${encodeURIComponent(chosen.run)}`}>the run</Link> · {chosen.label}</p>
    <Answer of={index}>{(data) => <Samples key={chosen.step} step={chosen.step} index={data} />}</Answer>
  </>;
}

const distinct = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

function Samples({ step, index }: { step: string; index: Index }) {
  const predictions = index.samples[0]?.predictions ?? [];
  const [wanted, setWanted] = useState({ steps: 0, ensemble: 0, sampler: "" });
  const allSteps = distinct(predictions.map((one) => one.steps));
  const steps = allSteps[Math.min(wanted.steps, allSteps.length - 1)];
  const withSteps = predictions.filter((one) => one.steps === steps);
  const ensembles = distinct(withSteps.map((one) => one.ensemble));
  const ensemble = ensembles[Math.min(wanted.ensemble, ensembles.length - 1)];
  const samplers = withSteps.filter((one) => one.ensemble === ensemble).map((one) => one.sampler);
  const sampler = samplers.includes(wanted.sampler) ? wanted.sampler : samplers[0];
  const of = (sample: Sample) => sample.predictions.find((one) => one.steps === steps && one.ensemble === ensemble && one.sampler === sampler);
  const shown = index.samples[0] && of(index.samples[0]);
  return <>
    <div class="row">
      <Slider label="Denoising steps" values={allSteps} at={allSteps.indexOf(steps!)} change={(at) => setWanted({ ...wanted, steps: at })} />
      <Slider label="Ensemble" values={ensembles} at={ensembles.indexOf(ensemble!)} change={(at) => setWanted({ ...wanted, ensemble: at })} />
      {samplers.length > 1 && <label class="field">Sampler<select value={sampler} onChange={(event) => setWanted({ ...wanted, sampler: event.currentTarget.value })}>{samplers.map((name) => <option key={name}>{name}</option>)}</select></label>}
      {shown && <span class="soft">{shown.sampler}, {short(shown.macs)} MACs a prediction</span>}
    </div>
    <p class="soft">{legend(index)}</p>
    {index.samples.map((sample) => {
      const prediction = of(sample);
      return <Section key={sample.id} title={sample.key} aside={<span class="soft">{Object.entries(prediction?.scores ?? {}).map(([name, value]) => `${name.replace(/_/g, " ")} ${short(value)}`).join(" · ")}</span>}>
        <div class="panes">
          <Picture step={step} file={sample.image} label="image" of={sample.key} />
          {sample.prompt && prompts[index.task] && <Picture step={step} file={sample.prompt} label={prompts[index.task]!} of={sample.key} />}
          <Picture step={step} file={sample.truth} label="truth" of={sample.key} />
          {prediction && <Picture step={step} file={prediction.picture} label="prediction" of={sample.key} raw={prediction.raw} />}
          {prediction && <Picture step={step} file={prediction.error} label="error" of={sample.key} />}
          {prediction?.uncertainty ? <Picture step={step} file={prediction.uncertainty} label="uncertainty" of={sample.key} />
            : <figure class="pane"><div class="nopicture soft">one member: no uncertainty</div><figcaption>uncertainty</figcaption></figure>}
        </div>
      </Section>;
    })}
  </>;
}

const legend = ({ task, error_full, error_unit }: Index) => task === "amodal"
  ? "Error: light where prediction and truth agree, blue where the object was missed, red where there is too much of it."
  : `Prediction and truth share their colours. Error and uncertainty: from none (dark blue) to ${error_full} ${error_unit} or more (dark red).`;

function Picture({ step, file, label, of, raw }: { step: string; file: string; label: string; of: string; raw?: string }) {
  return <figure class="pane"><img src={`/api/gallery/${step}/${file}`} alt={`${label} of ${of}`} loading="lazy" />
    <figcaption>{label}{raw && <> · <a href={`/api/gallery/${step}/${raw}`} download>numbers</a></>}</figcaption></figure>;
}

function Slider({ label, values, at, change }: { label: string; values: number[]; at: number; change: (at: number) => void }) {
  return <label class="field">{label}: <strong>{values[at]}</strong>
    <input type="range" min={0} max={Math.max(values.length - 1, 0)} step={1} value={at} disabled={values.length < 2} aria-valuetext={String(values[at])} onInput={(event) => change(Number(event.currentTarget.value))} /></label>;
}
