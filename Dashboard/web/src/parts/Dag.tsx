// A study's graph as a picture: a box a step, in columns by its distance from the data, an edge to each step that reads it. States are
// words in the boxes as well as colours of their edges.
import { useMemo } from "preact/hooks";
import type { JobState, StepJob } from "../jobs";
import { go } from "../route";

export interface Node { step: string; label: string; kind: string; column: number; row: number; reads: string[]; done: boolean }

const width = 212, height = 44, gapX = 46, gapY = 12, margin = 6;
const x = (node: Node) => margin + node.column * (width + gapX);
const y = (node: Node) => margin + node.row * (height + gapY);
const cut = (text: string) => text.length <= 33 ? text : `${text.slice(0, 32)}…`;

const stateOf = (node: Node, job: StepJob | undefined): JobState => node.done ? "done" : job?.state ?? "waiting";

export function Dag({ nodes, jobs }: { nodes: Node[]; jobs: ReadonlyMap<string, StepJob> }) {
  const { edges, w, h } = useMemo(() => {
    const byName = new Map(nodes.map((node) => [node.step, node]));
    return {
      edges: nodes.flatMap((node) => node.reads.map((name) => [byName.get(name)!, node] as const)),
      w: 2 * margin + (Math.max(...nodes.map((node) => node.column)) + 1) * (width + gapX) - gapX,
      h: 2 * margin + (Math.max(...nodes.map((node) => node.row)) + 1) * (height + gapY) - gapY,
    };
  }, [nodes]);
  return <div class="wide dag" role="region" aria-label="Graph of steps" tabIndex={0}>
    <svg width={w} height={h} viewBox={`0 0 ${w} ${h}`} role="group" aria-label={`${nodes.length} steps`}>
      {edges.map(([from, to]) => {
        const [x1, y1, x2, y2] = [x(from) + width, y(from) + height / 2, x(to), y(to) + height / 2];
        const middle = (x1 + x2) / 2;
        return <path key={`${from.step}${to.step}`} class="edge" d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />;
      })}
      {nodes.map((node) => <Box key={node.step} node={node} job={jobs.get(node.step)} />)}
    </svg>
  </div>;
}

function Box({ node, job }: { node: Node; job: StepJob | undefined }) {
  const state = stateOf(node, job);
  const share = state === "running" ? job?.fraction ?? 0 : state === "done" ? 1 : 0;
  const to = `/steps/${node.step}`;
  return <g transform={`translate(${x(node)} ${y(node)})`}><a href={to} class={`node ${state}`}
    onClick={(event: MouseEvent) => { if (event.ctrlKey || event.metaKey || event.button !== 0) return; event.preventDefault(); go(to); }}>
    <title>{`${node.label}\n${state}${job?.detail ? `\n${job.detail}` : ""}${job?.message ? `\n${job.message}` : ""}`}</title>
    <rect width={width} height={height} rx="6" />
    <rect class="share" width={width * share} height="3" y={height - 3} />
    <text x="10" y="18">{cut(node.label)}</text>
    <text x="10" y="34" class="small">{state}{state === "running" && job?.fraction != null ? ` ${Math.floor(job.fraction * 100)} %` : ""}</text>
  </a></g>;
}
