import { createRequire } from "node:module";
import { figureOf, width } from "./figure.ts";
import type { Figures } from "./figures.ts";
import { pngOf } from "./png.ts";

/** A drawing as PNG in two sizes, and its size on a page in pixels: `small` has just as many, `image` twice as many each way. */
export interface Drawing {
  readonly image: Buffer;
  readonly small: Buffer;
  readonly width: number;
  readonly height: number;
}

const require = createRequire(import.meta.url);
/** Part of this installation: what a machine happens to have would make text look different, or vanish. */
const font = {
  loadSystemFonts: false,
  fontFiles: [
    require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
    require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf"),
  ],
  defaultFontFamily: "DejaVu Sans",
};

/** Draws figures. What draws takes half a second and 100 MB to load, so it is loaded for the first picture and kept. */
export async function draw(figures: Figures): Promise<Drawing> {
  loaded ??= load();
  const { init, renderAsync } = await loaded;
  const { option, height } = figureOf(figures);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    const svg = chart.renderToSVGString();
    const at = (value: number) => renderAsync(svg, { font, fitTo: { mode: "zoom", value } });
    return { image: pngOf(await at(2)), small: pngOf(await at(1), 16), width, height };
  } finally {
    chart.dispose();
  }
}

let loaded: ReturnType<typeof load> | undefined;

async function load() {
  const [core, { LineChart }, components, { SVGRenderer }, { renderAsync }] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
    import("@resvg/resvg-js"),
  ]);
  const { GraphicComponent, GridComponent, MarkLineComponent, TitleComponent } = components;
  core.use([LineChart, GraphicComponent, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);
  return { init: core.init, renderAsync };
}
