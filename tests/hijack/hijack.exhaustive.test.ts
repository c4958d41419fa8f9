import { cases, sample } from "./cases.ts";
import { playAll } from "./play.ts";

const names = new Set(sample.map(({ name }) => name));

playAll(
  "pglite",
  cases.filter(({ name }) => !names.has(name)),
);
