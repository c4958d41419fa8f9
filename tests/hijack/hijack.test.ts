import { sample } from "./cases.ts";
import { playAll } from "./play.ts";

playAll("postgres", sample);
