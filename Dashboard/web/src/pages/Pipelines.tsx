// The data graphs of the steps that run now, drawn anew every second.
import { useEffect, useState } from "preact/hooks";
import { follow } from "../live";
import { Empty, Page, Section } from "../parts/Page";
import { Pipeline, type PipelineView } from "../parts/Pipeline";
import { Link } from "../route";

export function Pipelines() {
  const [views, setViews] = useState<PipelineView[]>();
  useEffect(() => follow("/api/pipelines/live", { pipelines: (data) => setViews(JSON.parse(data) as PipelineView[]) }), []);
  return <Page title="Pipeline" about="How data reaches the trainers and shards that are at work now: the depth of each block, its throughput, how long the trainer waited, and what holds the graph up.">
    {views === undefined ? <p class="soft" role="status">Loading…</p>
      : views.length === 0 ? <Empty>No training and no ingest runs now. A finished training's pipeline is on the page of its run: <Link to="/runs">choose one</Link>.</Empty>
      : views.map((view) => <Section key={view.step} title={view.label} aside={<Link to={view.run ? `/runs/${encodeURIComponent(view.study)}/${encodeURIComponent(view.run)}` : `/steps/${view.step}`}>{view.run ? `run ${view.run} of ${view.study}` : "its step"}</Link>}>
        <Pipeline graph={view.graph} />
      </Section>)}
  </Page>;
}
