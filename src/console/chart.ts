import { html } from "hono/html";
import type { Html } from "./layout.ts";

const width = 200;
const height = 40;

/** A small line over time, from zero up to at least `floor` (so that noise looks like noise), with its latest value in words. */
export function chart(label: string, values: readonly number[], floor: number): Html {
  const top = Math.max(...values, floor);
  const highest = Math.max(...values, 0);
  const across = width / Math.max(1, values.length - 1);
  const points = values
    .map((value, i) => `${round(i * across)},${round(height - (Math.max(0, value) / top) * (height - 2) - 1)}`)
    .join(" ");
  const latest = values.at(-1);
  return html`<figure class="chart"><figcaption>${label} <strong>${latest === undefined ? "–" : round(latest)}</strong></figcaption>
    <svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" preserveAspectRatio="none" role="img" aria-label="${label} over time, now ${latest === undefined ? "unknown" : round(latest)}, highest ${round(highest)}"><polyline points="${points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg></figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
