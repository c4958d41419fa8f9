import type { Place } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import { misfitsOf } from "../domain/misfit.ts";
import type { AnyTool } from "../domain/tool.ts";
import { type Audiences, type Content, readAhead, whyNotTold } from "../workflow/index.ts";

export interface ObjectionParts {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly audiences: Audiences;
  /** Names of the channels there are. */
  readonly channels: readonly string[];
  /** Whether there is a run of this id or R-... that this person may see. */
  seesRun(tenant: string, wanted: string, personId: string): Promise<boolean>;
  /** Whether a run shows itself in the thread of this place. */
  isRunThread(tenant: string, place: Place): Promise<boolean>;
}

/** A run that is about to begin: its input is checked, and nothing was done yet. */
interface Begun {
  readonly tenant: string;
  readonly content: Pick<Content, "steps" | "input">;
  readonly input: JsonObject;
  readonly requester: { readonly id: string; readonly name: string };
  readonly place: Place | null;
}

/** Why a run could only fail, as a sentence for whoever asks for it; null when nothing is known against it. Changes nothing. */
export type Objection = (begun: Begun) => Promise<string | null>;

/** Objects to what follows from the input alone: a run that is not there, and what a tool or a channel does not take. */
export function createObjection(parts: ObjectionParts): Objection {
  return async (begun) => {
    const { calls, channels } = readAhead(begun.content, begun.input, begun.requester);
    const why =
      (await aboutRuns(parts, begun)) ??
      first(channels, (channel) => aboutChannel(parts, channel)) ??
      (await aboutCalls(parts, begun, calls));
    return why === null ? null : `${why} Nothing was done.`;
  };
}

async function aboutRuns(parts: ObjectionParts, { tenant, content, input, requester, place }: Begun) {
  for (const [name, { type }] of Object.entries(content.input)) {
    const wanted = input[name];
    if (type !== "run" || typeof wanted !== "string") continue;
    if (wanted !== "this") {
      if (!(await parts.seesRun(tenant, wanted, requester.id))) return `There is no run ${wanted} that you may see.`;
    } else if (!(place && (await parts.isRunThread(tenant, place))))
      return "This is not the thread of a run: name one, such as R-ABC123.";
  }
  return null;
}

function aboutChannel({ audiences, channels }: ObjectionParts, channel: string): string | null {
  const why = whyNotTold(channel, audiences);
  if (why !== null) return `${why}.`;
  if (channels.includes(channel)) return null;
  const own = channels.filter((name) => !audiences.has(name)).map((name) => `#${name}`);
  const told = [...audiences].map(([name, audience]) => `#${name} (the audience “${audience}”)`);
  return `There is no channel #${channel}. There are: ${[...own, ...told].join(", ")}.`;
}

async function aboutCalls(
  { tools }: ObjectionParts,
  { tenant, requester }: Begun,
  calls: ReturnType<typeof readAhead>["calls"],
): Promise<string | null> {
  for (const { tool: name, args, isWhole, inputs } of calls) {
    const tool = tools.get(name);
    if (tool === undefined) continue;
    const wrong = misfitsOf(tool.params, args).filter((misfit) => isWhole || Object.hasOwn(args, misfit.name));
    if (wrong.length > 0) return wrong.map((one) => `“${inputs[one.name] ?? one.name}” must be ${one.must}.`).join(" ");
    const parsed = isWhole && tool.refuses ? tool.params.parse(args) : null;
    const why = parsed === null ? null : await tool.refuses?.({ tenant, args: parsed, requesterId: requester.id });
    if (why) return why;
  }
  return null;
}

function first<T>(all: readonly T[], why: (one: T) => string | null): string | null {
  for (const one of all) {
    const found = why(one);
    if (found !== null) return found;
  }
  return null;
}
