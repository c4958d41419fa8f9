import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Fault } from "./domain/fault.ts";

const usage = `steward serve                          run it: console, chat, REST, workers
steward migrate                        bring the database up to date, and stop
steward doctor                         what steward.yaml says, and what chat platforms and systems still need
steward audit verify                   say whether the record is whole
steward audit export                   the record as JSON lines
steward key create NAME --for PERSON --scopes a,b
                                       a key for scripts; its secret is shown once
steward key list
steward key revoke ID
steward people apply                   persons and roles as this steward.yaml says, also where another file replaced it since`;

// Compiled modules are kept beside the packages, where nobody else writes: the next start is 0.4 s sooner (measured).
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/steward", import.meta.url)));

/** Runs one subcommand and returns the exit code. What went wrong is one sentence on standard error. */
async function main(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { scopes: { type: "string" }, for: { type: "string" }, help: { type: "boolean" } },
  });
  const command = positionals.slice(0, 2).join(" ");
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return values.help ? 0 : 1;
  }
  if (positionals[0] === "serve") return (await import("./serve.ts")).serve();
  // Whoever reads may have seen enough: `steward audit export | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const { runTask, tasks } = await import("./commands.ts");
  const alone = ["migrate", "doctor"].find((name) => name === positionals[0]);
  const name = alone ?? command;
  const named = (["scopes", "for"] as const).flatMap((one) =>
    values[one] === undefined ? [] : [`--${one}=${values[one]}`],
  );
  const args = [...positionals.slice(alone ? 1 : 2), ...named];
  if (name in tasks) return runTask(name, args);
  console.error(`There is no command “${command}”. These exist:\n${usage}`);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(
    error instanceof Fault || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")
      ? (error as Error).message
      : error,
  );
  process.exitCode = 1;
}
