import type { Card } from "../domain/card.ts";

/** How a run stands, for somebody who may see it. */
export interface HowItIs {
  readonly id: string;
  /** Who asked for what, and what goes on. */
  readonly sentence: string;
  readonly state: string;
  /** Questions that are put to people, each with who may answer and until when. */
  readonly asked: readonly { readonly gate: string; readonly says: string }[];
  /** What it said when it ended. */
  readonly lastWord: string | null;
}

/** The answer to whoever asks about a run. It is for them alone: others there may not be allowed to see it. */
export function howIsCard(run: string, found: HowItIs | null): Card {
  if (found === null) return { text: `There is no run ${run} that you may see.` };
  const { id, sentence, state, asked, lastWord } = found;
  return {
    text: `${run}: ${sentence}`,
    fields: [
      { label: "State", value: state },
      ...asked.map(({ says }) => ({ label: "Waits for an answer", value: says })),
      ...(lastWord === null ? [] : [{ label: "What it said last", value: lastWord }]),
    ],
    link: `/runs/${id}`,
  };
}
