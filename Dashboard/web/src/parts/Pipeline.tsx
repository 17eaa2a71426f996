// A data graph: its blocks in the order in which samples pass them, what each holds and does, and what holds the graph up.
import { duration, short, whole } from "../format";

export interface BlockView { name: string; unit: string; waiting: number; ready: number; capacity: number; parallelism: number; done: number; per_second: number; utilisation: number }
export interface Graph {
  live: boolean; time: string; seconds: number; wait_share: number | null; samples: number; samples_per_second: number; faults: number;
  blocks: BlockView[]; bottleneck: string; verdict: string;
}
export interface PipelineView { step: string; label: string; study: string; run: string | null; graph: Graph }

const does: Record<string, string> = {
  read: "row groups from shards", slice: "rows into batches", fill: "bytes into numbers", train: "optimizer steps",
  decode: "files to pixels", batch: "samples into batches", encode: "pixels to latents", append: "latents into shards",
};

const percent = (share: number) => `${Math.round(share * 100)} %`;

export function Pipeline({ graph: view }: { graph: Graph }) {
  return <div class="pipeline">
    <p class={`notice ${view.bottleneck === "" || view.bottleneck === "train" ? "" : "warn"}`}><strong>Verdict:</strong> {view.verdict}</p>
    <ol class="blocks">{view.blocks.map((block) => <li key={block.name} class={block.name === view.bottleneck ? "block bottleneck" : "block"}>
      <h3>{block.name}{block.name === view.bottleneck && <span class="tag">bottleneck</span>}</h3>
      <span class="soft">{does[block.name] ?? ""}</span>
      <b>{short(block.per_second)} <small>{block.unit}/s</small></b>
      <label>busy {percent(block.utilisation)}<meter min={0} max={1} value={block.utilisation} aria-label={`${block.name}: busy`} /></label>
      <label>holds {block.waiting + block.ready} of {block.capacity}<meter min={0} max={block.capacity} value={Math.min(block.capacity, block.waiting + block.ready)} aria-label={`${block.name}: depth`} /></label>
      <span class="soft">{block.waiting} waiting, {block.ready} ready · {whole(block.done)} {block.unit} in all · {block.parallelism} at once</span>
    </li>)}</ol>
    <p class="soft">{view.wait_share != null && <>The trainer waited {percent(view.wait_share)} of the time. </>}{short(view.samples_per_second)} samples/s. {whole(view.faults)} {view.faults === 1 ? "sample was" : "samples were"} faulty.
      {" "}{view.live ? "Rates are those of the last seconds" : `Figures are of the whole ${duration(view.seconds)}`}.</p>
  </div>;
}
