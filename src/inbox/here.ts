import { isDecision, type Recognition } from "../recognize/recognize.ts";
import { askedInThread, recognizeAbout } from "../recognize/thread.ts";
import type { Letter, RouteParts, RunHere } from "./letter.ts";

/**
 * What was put to Steward in the thread of a run and means that run, or its service, without naming it: "why?", "report", "restart it".
 * Null elsewhere, and where a text means nothing of the kind. Where runs of several services are in the thread, it is asked which.
 */
export async function meantHere(
  parts: RouteParts,
  { incoming, pressed }: Letter,
  isRequest: boolean,
): Promise<Exclude<Recognition, { kind: "unknown" }> | null> {
  const { tenant, place, text, addressed } = incoming;
  if (!addressed || place === null || pressed || isDecision(text)) return null;
  const spec = askedInThread(text, parts.intents);
  if (spec === null && isRequest) return null;
  const runs = await parts.runsAt(tenant, place);
  const [first] = runs;
  if (first === undefined) return null;
  if (spec !== null)
    return {
      kind: "intent",
      intent: { name: spec.name, params: { run: first.short } },
      because: `You said "${text}".`,
    };
  return aboutItsService(parts, tenant, text, runs);
}

async function aboutItsService(
  parts: RouteParts,
  tenant: string,
  text: string,
  runs: readonly RunHere[],
): ReturnType<typeof meantHere> {
  const known = await parts.known(tenant);
  const guess = await parts.guess(tenant);
  // Where a service was first spoken of is meant, until another place is said.
  const services = new Map(
    [...runs]
      .reverse()
      .flatMap(({ service, environment }) =>
        service === null || environment === null ? [] : [[service, { service, environment }]],
      ),
  );
  const asked = [...services.values()]
    .map((about) => recognizeAbout(text, about, parts.intents, known, guess))
    .filter((each) => each !== null);
  const [only] = asked.length === 1 ? asked : [];
  if (only?.open) return only.open;
  const intent = only?.intent;
  if (intent) return { kind: "intent", intent, because: `You said "${text}".` };
  const suggestions = asked.flatMap(({ says }) => says);
  return suggestions.length === 0 ? null : { kind: "didYouMean", suggestions: suggestions.slice(0, 5) };
}
