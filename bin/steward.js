#!/usr/bin/env node
// The `steward` command. Steward runs on Node 24, which npm installs beside it; whatever Node started this hands over.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= 24) {
  // So that the arguments begin where they do under `node src/main.ts`.
  process.argv[1] = main;
  await import("../src/main.ts");
} else {
  const node = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  if (existsSync(node)) handOver(node);
  else {
    console.error(`Steward needs Node 24 and this is ${process.version}: run "npm ci" first, which brings its own.`);
    process.exitCode = 1;
  }
}

/** Runs the same command under another Node and ends as it ends; signals are passed on. */
function handOver(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Steward could not start ${node}: ${error.message}. Run "npm ci" again.`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code ?? 1;
  });
}
