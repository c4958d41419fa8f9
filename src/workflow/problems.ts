import { nearestName } from "../domain/nearest-name.ts";

/** One thing wrong with a workflow file, and what would be right. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  /** Where in the file: "steps.restart.tool.name". Empty: the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** A place in a definition: names, and list items by number. */
export type Path = readonly (string | number)[];

/** A problem before it has a place in a file. */
export interface Complaint {
  readonly path: Path;
  readonly message: string;
  readonly remedy: string;
}

/** The known name that a wrong one was probably meant to be, or null. */
export function nearName(name: string, known: readonly string[]): string | null {
  return nearestName(name, known, Math.max(2, Math.floor(name.length / 3)));
}

/** "Did you mean x?", or else the names there are. */
export function remedyNear(name: string, known: readonly string[]): string {
  const near = nearName(name, known);
  if (near !== null) return `Did you mean “${near}”?`;
  return known.length === 0
    ? "There is none here; take this out."
    : `Use one of: ${known.slice(0, 12).join(", ")}${known.length > 12 ? ", ..." : ""}.`;
}

/** A problem as one line for a terminal: file:line, path, what is wrong and what would be right. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}: ${problem.path === "" ? "" : `${problem.path}: `}${problem.message} ${problem.remedy}`;
}
