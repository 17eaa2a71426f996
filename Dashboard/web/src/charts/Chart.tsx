// uPlot in this design's colours: drawn again on a new size, theme or data, and taken down with its component.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { logTickText, short, tickText } from "../format";
import { colour, useTheme } from "../parts/Theme";

/** `faint` is for what lies behind another line; `whiskers` are the ends of an interval at each point. */
export interface Line {
  label: string; values: (number | null)[]; points?: boolean; line?: boolean; dash?: number[]; faint?: boolean; colour?: string;
  band?: [(number | null)[], (number | null)[]]; whiskers?: [(number | null)[], (number | null)[]];
}

/** `chosen` is told of a range that a person drags over; without it the chart zooms by itself, and a double click shows all again. */
export interface ChartProps {
  label: string; x: number[]; lines: Line[]; xLabel: string; yLabel: string; logX?: boolean; logY?: boolean; height?: number; legend?: boolean;
  /** Of an axis that counts: no tick between two steps. */
  wholeX?: boolean;
  chosen?: (from: number, to: number) => void;
}

/** Colours that stay apart for colour-blind readers, on light and on dark. */
export const hue = (index: number) => colour(`--c${index % 8}`);

const wholes = Array.from({ length: 30 }, (_, i) => [1, 2, 5][i % 3]! * 10 ** Math.floor(i / 3));

/** Round numbers; by itself uPlot counts from the end of the axis, which is none. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const marks = decades < 0.7 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : decades < 1.6 ? [1, 2, 3, 5, 7] : decades < 3 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / 8));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    if (power % stride === 0) for (const mark of marks) ticks.push(Number(`${mark}e${power}`));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

const clear = (paint: string, share: number) => `color-mix(in srgb, ${paint} ${share * 100}%, transparent)`;

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const chosen = useRef(props.chosen);
  chosen.current = props.chosen;
  useEffect(() => {
    const element = place.current!;
    const chart = new uPlot(options(props, element.clientWidth, (from, to) => chosen.current?.(from, to)), data(props), element);
    const resized = new ResizeObserver(() => { if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height: props.height ?? 280 }); });
    resized.observe(element);
    return () => { resized.disconnect(); chart.destroy(); };
  }, [props.x, props.lines, props.logX, props.logY, theme]);
  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
}

function data({ x, lines }: ChartProps): uPlot.AlignedData {
  return [x, ...lines.flatMap((line) => line.band ? [line.values, line.band[0], line.band[1]] : [line.values])] as uPlot.AlignedData;
}

function options({ lines, xLabel, yLabel, logX, logY, height, legend, wholeX, chosen: chooses }: ChartProps, width: number, chosen: (from: number, to: number) => void): uPlot.Options {
  const axis = (label: string, log?: boolean): uPlot.Axis => ({
    label, labelSize: 22, stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 },
    ...(log ? { splits: (_: uPlot, __: number, low: number, high: number) => logTicks(low, high), filter: (_: uPlot, ticks: number[]) => ticks } : {}),
    values: (_, ticks, __, ___, step) => ticks.map((tick) => tick == null ? "" : log ? logTickText(tick) : tickText(tick, step)),
  });
  const series: uPlot.Series[] = [{ label: xLabel, value: (_, value) => value == null ? "" : short(value) }];
  const bands: uPlot.Band[] = [];
  const whiskers: ((chart: uPlot) => void)[] = [];
  lines.forEach((line, i) => {
    const paint = line.colour ?? hue(i);
    series.push({
      label: line.label, stroke: line.faint ? clear(paint, 0.4) : paint, width: line.line === false ? 0 : line.faint ? 1 : 1.75, dash: line.dash, spanGaps: true,
      points: { show: line.points ?? false, size: 7, fill: paint, stroke: paint }, value: (_, value) => value == null ? "" : short(value),
    });
    const at = series.length - 1;
    if (line.whiskers) whiskers.push((chart) => drawWhiskers(chart, at, line.whiskers!, paint));
    if (!line.band) return;
    for (const end of ["high", "low"]) series.push({ label: `${line.label}, ${end}`, stroke: clear(paint, 0.35), width: 1, spanGaps: true, points: { show: false }, value: (_, value) => value == null ? "" : short(value) });
    bands.push({ series: [at + 1, at + 2], fill: clear(paint, 0.15) });
  });
  return {
    width: Math.max(width, 200), height: height ?? 280, series, bands,
    scales: { x: { time: false, distr: logX ? 3 : 1, range: logX ? around : undefined }, y: { distr: logY ? 3 : 1, range: logY ? around : undefined } },
    axes: [{ ...axis(xLabel, logX), ...(wholeX && !logX ? { incrs: wholes } : {}) }, { ...axis(yLabel, logY), size: 70 }],
    legend: { live: true, show: legend ?? true },
    cursor: { drag: { x: true, y: false, setScale: !chooses } },
    hooks: {
      draw: whiskers,
      setSelect: [(chart) => { if (chooses && chart.select.width > 4) chosen(chart.posToVal(chart.select.left, "x"), chart.posToVal(chart.select.left + chart.select.width, "x")); }],
    },
  };
}

/** A little air about what is shown; by itself uPlot rounds a logarithmic axis to whole decades. */
const around = (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => low == null || high == null || low <= 0 ? [1, 10] : [low / 1.12, high * 1.12];

function drawWhiskers(chart: uPlot, at: number, [low, high]: NonNullable<Line["whiskers"]>, paint: string) {
  const { ctx } = chart;
  ctx.save();
  ctx.strokeStyle = paint;
  ctx.lineWidth = devicePixelRatio;
  chart.data[at]!.forEach((value, i) => {
    if (value == null || low[i] == null || high[i] == null) return;
    const x = chart.valToPos(chart.data[0][i]!, "x", true);
    ctx.beginPath();
    ctx.moveTo(x, chart.valToPos(low[i]!, "y", true));
    ctx.lineTo(x, chart.valToPos(high[i]!, "y", true));
    ctx.stroke();
  });
  ctx.restore();
}
