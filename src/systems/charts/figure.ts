import type { EChartsCoreOption } from "echarts/core";
import { cleanText } from "../../domain/text.ts";
import type { Curve, Figures, Mark } from "./figures.ts";
import { atMinute, dayOf, fitted, rounded, shortly } from "./words.ts";

/** Logical pixels: what a phone shows nearly as it is, and a desktop as it is. */
export const width = 480;
const margin = { left: 56, right: 30, head: 14, foot: 34 } as const;
const line = { title: 24, small: 18 } as const;
const panel = { label: 22, plot: 76, gap: 14 } as const;
const font = { family: "DejaVu Sans", title: 17, label: 13, small: 12 } as const;
/** Dark on white: it stands by itself on a light page as on a dark one. */
const colours = {
  paper: "#ffffff",
  edge: "#d4d7dc",
  ink: "#1b1f24",
  faint: "#59616b",
  grid: "#e4e7eb",
  curve: "#1559b3",
  alert: "#b3261e",
  deploy: "#7a2a9c",
} as const;
const strokes: Readonly<Record<Mark["kind"], "solid" | "dashed">> = { alert: "solid", deploy: "dashed" };

interface Line {
  readonly text: string;
  readonly top: number;
  readonly size: number;
  readonly color: string;
  readonly bold?: boolean;
  readonly right?: true;
}

/**
 * The drawing as echarts takes it, and its height. Every text is a line of its own that was measured before: nothing
 * overlaps, and nothing reaches beyond the edge.
 */
export function figureOf(figures: Figures): { readonly option: EChartsCoreOption; readonly height: number } {
  const room = width - 2 * margin.head;
  const titles = fitted(cleanText(figures.title), { room, size: font.title, bold: true, lines: 2 });
  const legend = legendOf(figures.marks).flatMap(({ text, color }) =>
    fitted(text, { room, size: font.small, bold: false, lines: 2 }).map((part) => ({ text: part, color })),
  );
  const lines: Line[] = [];
  let top = margin.head;
  for (const text of titles) {
    lines.push({ text, top, size: font.title, color: colours.ink, bold: true });
    top += line.title;
  }
  const span = `${atMinute(figures.from)} to ${atMinute(figures.until)} UTC, ${dayOf(figures.until)}`;
  for (const { text, color } of [{ text: span, color: colours.faint }, ...legend]) {
    lines.push({ text, top, size: font.small, color });
    top += line.small;
  }
  const tops = figures.curves.map((_, i) => top + 8 + i * (panel.label + panel.plot + panel.gap));
  for (const [i, curve] of figures.curves.entries()) {
    const [at = 0, highest] = [tops[i], Math.max(...curve.values)];
    const said = `now ${rounded(curve.now)}, highest ${rounded(highest)}`;
    lines.push({ text: `${curve.label}, ${curve.unit}`, top: at, size: font.label, color: colours.ink, bold: true });
    lines.push({ text: said, top: at, size: font.small, color: colours.faint, right: true });
  }
  const height = (tops.at(-1) ?? top) + panel.label + panel.plot + margin.foot;
  const option: EChartsCoreOption = {
    animation: false,
    useUTC: true,
    backgroundColor: colours.paper,
    textStyle: { fontFamily: font.family },
    title: lines.map(titleOf),
    graphic: [
      {
        type: "rect",
        silent: true,
        shape: { x: 0.5, y: 0.5, width: width - 1, height: height - 1 },
        style: { fill: "none", stroke: colours.edge },
      },
    ],
    grid: tops.map((at) => ({
      left: margin.left,
      right: margin.right,
      top: at + panel.label,
      height: panel.plot,
      outerBoundsMode: "none",
    })),
    xAxis: figures.curves.map((_, i) => timeAxis(figures, i, i === figures.curves.length - 1)),
    yAxis: figures.curves.map((curve, i) => valueAxis(curve, i)),
    series: figures.curves.map((curve, i) => seriesOf(figures, curve, i)),
  };
  return { option, height };
}

function titleOf({ text, top, size, color, bold = false, right }: Line): object {
  return {
    text,
    top,
    padding: 0,
    ...(right ? { left: width - margin.right, textAlign: "right" } : { left: margin.head }),
    textStyle: { color, fontSize: size, fontWeight: bold ? "bold" : "normal", fontFamily: font.family },
  };
}

function legendOf(marks: readonly Mark[]): readonly { readonly text: string; readonly color: string }[] {
  const said = (kind: Mark["kind"]) =>
    marks.filter((mark) => mark.kind === kind).map(({ at, label }) => `${cleanText(label)} ${atMinute(at)}`.trim());
  const [alerts, deploys] = [said("alert"), said("deploy")];
  return [
    ...(alerts.length === 0 ? [] : [{ text: `│ alert: ${alerts.join(", ")}`, color: colours.alert }]),
    ...(deploys.length === 0 ? [] : [{ text: `┆ deployed: ${deploys.join(", ")}`, color: colours.deploy }]),
  ];
}

function timeAxis({ from, until }: Figures, gridIndex: number, labelled: boolean): object {
  return {
    type: "time",
    gridIndex,
    min: from,
    max: until,
    splitNumber: 4,
    axisLine: { onZero: false, lineStyle: { color: colours.faint } },
    axisTick: { show: labelled, lineStyle: { color: colours.faint } },
    axisLabel: {
      show: labelled,
      hideOverlap: true,
      color: colours.faint,
      fontSize: font.small,
      fontFamily: font.family,
      formatter: (at: number) => atMinute(at),
    },
    splitLine: { show: false },
  };
}

function valueAxis({ values, floor }: Curve, gridIndex: number): object {
  return {
    type: "value",
    gridIndex,
    min: 0,
    max: Math.max(floor, ...values) * 1.05,
    interval: Math.max(floor, ...values) / 2,
    axisLabel: {
      color: colours.faint,
      fontSize: font.small,
      fontFamily: font.family,
      showMaxLabel: false,
      formatter: shortly,
    },
    splitLine: { lineStyle: { color: colours.grid } },
  };
}

function seriesOf({ from, stepMs, marks }: Figures, { values }: Curve, index: number): object {
  return {
    type: "line",
    xAxisIndex: index,
    yAxisIndex: index,
    data: values.map((value, i) => [from + i * stepMs, value]),
    showSymbol: false,
    silent: true,
    lineStyle: { color: colours.curve, width: 1.8 },
    areaStyle: { color: colours.curve, opacity: 0.08 },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      data: marks.map(({ kind, at }) => ({
        xAxis: at,
        lineStyle: { color: colours[kind], type: strokes[kind], width: kind === "alert" ? 2 : 1.5 },
      })),
    },
  };
}
