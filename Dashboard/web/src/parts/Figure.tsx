// A figure of the laws, drawn from the same layers as its SVG, in this design's colours.
import { useMemo } from "preact/hooks";
import { Chart, hue, type Line } from "../charts/Chart";

interface Layer { kind: string; name: string; colour: string; x: number[]; y: (number | null)[] | null; low: (number | null)[] | null; high: (number | null)[] | null; dashed: boolean }
export interface Panel { x: string; x_log: boolean; y: string; y_log: boolean; height: number; layers: Layer[] }
export interface FigureView { title: string; panels: Panel[] }

const fewColours = 8;
const pixelsAtOne = 300;

export function Figure({ figure }: { figure: FigureView }) {
  const tallest = Math.max(...figure.panels.map((panel) => panel.height));
  return <figure class="law"><figcaption>{figure.title}</figcaption>
    {figure.panels.map((panel, i) => <Drawn key={i} panel={panel} title={figure.title} height={Math.max(170, pixelsAtOne * panel.height / tallest)} />)}
  </figure>;
}

function Drawn({ panel, title, height }: { panel: Panel; title: string; height: number }) {
  const { x, lines } = useMemo(() => merged(panel), [panel]);
  return <Chart label={`${title}: ${panel.y} against ${panel.x}`} x={x} lines={lines} xLabel={panel.x} yLabel={panel.y} logX={panel.x_log} logY={panel.y_log} height={height} legend={lines.some((line) => line.label !== "")} />;
}

/** All layers over one axis. Their colours become this design's, one for one; a long ramp of colours becomes a ramp that is seen on light and on dark. */
function merged({ layers, x_log, y_log }: Panel): { x: number[]; lines: Line[] } {
  const drawn = layers.filter((layer) => layer.kind !== "note" && layer.x.length > 0);
  const x = [...new Set(drawn.flatMap((layer) => layer.x))].filter((value) => !x_log || value > 0).sort((a, b) => a - b);
  const place = new Map(x.map((value, i) => [value, i]));
  const colours = [...new Set(drawn.map((layer) => layer.colour))];
  const paint = (given: string) => {
    const i = colours.indexOf(given);
    return colours.length <= fewColours ? hue(i) : `hsl(${Math.round(215 + 290 * i / colours.length) % 360} 55% 52%)`;
  };
  const over = (layer: Layer, values: (number | null)[] | null) => {
    const spread = new Array<number | null>(x.length).fill(null);
    layer.x.forEach((at, i) => {
      const [to, value] = [place.get(at), values?.[i]];
      if (to !== undefined && value != null && !(y_log && value <= 0)) spread[to] = value;
    });
    return spread;
  };
  return { x, lines: drawn.map((layer) => {
    const line: Line = { label: layer.name, values: over(layer, layer.y), colour: paint(layer.colour), dash: layer.dashed ? [6, 5] : undefined };
    if (layer.kind === "dots") return { ...line, points: true, line: false };
    if (layer.kind === "band") return { ...line, line: false, band: [over(layer, layer.high), over(layer, layer.low)] };
    if (layer.kind === "whiskers") return { ...line, line: false, values: over(layer, middle(layer)), whiskers: [over(layer, layer.low), over(layer, layer.high)] };
    return line;
  }) };
}

const middle = (layer: Layer) => layer.x.map((_, i) => layer.low![i] == null || layer.high![i] == null ? null : (layer.low![i]! + layer.high![i]!) / 2);
