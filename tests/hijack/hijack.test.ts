import { sample } from "./cases.ts";
import { playAll } from "./play.ts";

playAll("pglite", sample);
