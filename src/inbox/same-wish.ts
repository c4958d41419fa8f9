import type { Card } from "../domain/card.ts";
import { roughly } from "../domain/duration.ts";
import type { Intent } from "../domain/incoming.ts";
import { canonical, type Json } from "../domain/json.ts";
import type { NewRun } from "../orchestrator/kernel.ts";
import { recognize, sentenceWith } from "../recognize/recognize.ts";
import { type Content, findReferences, wishedCalls } from "../workflow/index.ts";
import { alone, type Letter, longestSaid, type RouteParts, type SameWish } from "./letter.ts";
import { sayAnyway } from "./once.ts";

/**
 * Begins a run and settles its letter in one transaction. Where people are asked to approve the very same already, nothing begins: whoever
 * asks is told which run that is and may ask for it anyway, by `sentence`. What changes nothing is begun every time. True: it was begun.
 */
export async function beginOrPoint(
  parts: RouteParts,
  letter: Letter,
  run: NewRun,
  wish: {
    readonly content: Pick<Content, "steps" | "input">;
    readonly readsOnly: boolean;
    readonly sentence: string | null;
  },
): Promise<boolean> {
  const { tenant, input, definition, runId, requester } = run;
  const calls = wishedCalls(wish.content, input, requester);
  const sought = { hash: definition.hash, input, by: isPersonal(wish.content) ? run.requester.id : null };
  return parts.kernel.do({
    tenant,
    actors: [],
    job: letter.job,
    async run(batch) {
      const isFree = wish.readsOnly || letter.anyway;
      const same = isFree
        ? null
        : ((await parts.askedBySystem(batch.reads, tenant, calls)) ??
          (await parts.sameWish(batch.reads, tenant, sought)));
      const isOther = same !== null && same.id !== runId;
      if (isOther && run.place !== null)
        batch.note(
          letter.id,
          "reply",
          batch.conversation(run.place),
          cardOf(same, letter, wish.sentence),
          alone(letter),
        );
      else await parts.kernel.beginRun(batch, run, letter.person.id);
      const outcome = isOther && run.place !== null ? "asked" : `run:${runId}`;
      batch.writes.inboxDone.push({ id: letter.id, outcome });
      return outcome !== "asked";
    },
  });
}

/** Whether what it does is done for whoever asks: for somebody else it is another wish. */
function isPersonal({ steps }: Pick<Content, "steps">): boolean {
  return steps.some((step) => {
    const given = step.kind === "tool" ? step.tool.args : step.kind === "agent" ? step.agent.input : null;
    return findReferences(given ?? null).some(({ reference }) => reference?.source === "requester");
  });
}

function cardOf({ id, gate, short, by, agoMs, waitsFor }: SameWish, letter: Letter, sentence: string | null): Card {
  const ago = agoMs < 1000 ? "just now" : `${roughly(agoMs)} ago`;
  const say = sentence === null ? "" : sayAnyway(letter.id, sentence);
  const again = say !== "" && say.length <= longestSaid;
  const buttons = again ? { buttons: [{ label: "Ask again anyway", style: "default", say } as const] } : {};
  if (gate !== undefined)
    return {
      text: `That is what ${short} asks for already: ${waitsFor.length === 0 ? "somebody" : approvers(waitsFor)} can approve it on its card. Nothing was begun.`,
      ...buttons,
      link: `/gates/${gate}`,
    };
  const waits =
    waitsFor.length === 0 ? "is at this already" : `already waits for this to be approved by ${approvers(waitsFor)}`;
  return {
    text: `${short} ${waits} (asked ${ago} by ${by}). Nothing was begun.${again ? "" : " Should it be asked for once more, say it in one sentence when that is decided."}`,
    ...buttons,
    link: `/runs/${id}`,
  };
}

/** "Ben or Bea", "Cara and Dan". */
function approvers(asked: SameWish["waitsFor"]): string {
  const each = asked.map(({ role, names }) =>
    names.length === 0 ? `somebody with the role ${role}` : names.join(" or "),
  );
  return [...new Set(each)].join(" and ");
}

/** What was asked for, as one sentence that is understood wherever it is said; null where there is none. */
export function sentenceOf(
  parts: RouteParts,
  known: Parameters<typeof recognize>[2],
  text: string,
  intent: Intent,
): string | null {
  const spec = parts.intents.find(({ name }) => name === intent.name);
  const words = Object.fromEntries(Object.entries(intent.params).map(([name, value]) => [name, String(value)]));
  const means = (sentence: string) => {
    const heard = recognize(sentence, parts.intents, known);
    return (
      heard.kind === "intent" &&
      heard.intent.name === intent.name &&
      canonical(heard.intent.params as Json) === canonical(intent.params as Json)
    );
  };
  return [text, spec ? sentenceWith(spec, words) : null].find((each) => each !== null && means(each)) ?? null;
}
