// uPlot in this design's colours: drawn again on a new size, theme or data, and taken down with its component.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { short } from "../format";
import { colour, useTheme } from "../parts/Theme";

export interface Line { label: string; values: (number | null)[]; points?: boolean; line?: boolean; dash?: number[]; band?: [(number | null)[], (number | null)[]]; colour?: string }

export interface ChartProps { label: string; x: number[]; lines: Line[]; xLabel: string; yLabel: string; logX?: boolean; logY?: boolean; height?: number }

/** Colours that stay apart for colour-blind readers, on light and on dark. */
export const hue = (index: number) => colour(`--c${index % 8}`);

const clear = (paint: string, share: number) => `color-mix(in srgb, ${paint} ${share * 100}%, transparent)`;

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = place.current!;
    const chart = new uPlot(options(props, element.clientWidth), data(props), element);
    const resized = new ResizeObserver(() => { if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height: props.height ?? 280 }); });
    resized.observe(element);
    return () => { resized.disconnect(); chart.destroy(); };
  }, [props.x, props.lines, props.logX, props.logY, theme]);
  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
}

function data({ x, lines }: ChartProps): uPlot.AlignedData {
  return [x, ...lines.flatMap((line) => line.band ? [line.values, line.band[0], line.band[1]] : [line.values])] as uPlot.AlignedData;
}

function options({ lines, xLabel, yLabel, logX, logY, height }: ChartProps, width: number): uPlot.Options {
  const axis = (label: string): uPlot.Axis => ({
    label, stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 },
    values: (_, ticks) => ticks.map((tick) => tick == null ? "" : short(tick)),
  });
  const series: uPlot.Series[] = [{ label: xLabel, value: (_, value) => value == null ? "" : short(value) }];
  const bands: uPlot.Band[] = [];
  lines.forEach((line, i) => {
    const paint = line.colour ?? hue(i);
    series.push({
      label: line.label, stroke: paint, width: line.line === false ? 0 : 1.75, dash: line.dash, spanGaps: true,
      points: { show: line.points ?? false, size: 7, fill: paint }, value: (_, value) => value == null ? "" : short(value),
    });
    if (!line.band) return;
    const at = series.length;
    for (const end of ["high", "low"]) series.push({ label: `${line.label}, ${end}`, stroke: clear(paint, 0.35), width: 1, points: { show: false }, value: (_, value) => value == null ? "" : short(value) });
    bands.push({ series: [at, at + 1], fill: clear(paint, 0.15) });
  });
  return {
    width: Math.max(width, 200), height: height ?? 280, series, bands,
    scales: { x: { time: false, distr: logX ? 3 : 1 }, y: { distr: logY ? 3 : 1 } },
    axes: [axis(xLabel), { ...axis(yLabel), size: 70 }],
    legend: { live: true },
  };
}
