import { accountPage, causeOf, type RunRecord } from "../agents/index.ts";
import type { Card } from "../domain/card.ts";
import type { Telling } from "../domain/intent.ts";
import { sentenceEnd } from "../domain/text.ts";
import { type HowItIs, howIsCard } from "./how-is.ts";
import type { RouteParts } from "./letter.ts";

/** What is told of a run to whoever asks, from its own record. It is for them alone: others there may not be allowed to see it. */
export async function toldOf(
  parts: Pick<RouteParts, "howItIs" | "record">,
  what: Telling,
  asked: { readonly tenant: string; readonly run: string; readonly personId: string },
): Promise<Card> {
  const { tenant, run, personId } = asked;
  if (what === "state") return howIsCard(run, await parts.howItIs(tenant, run, personId));
  const found = await parts.record(tenant, run, personId);
  if (found === null) return howIsCard(run, null);
  if (what === "next") return nextCard(found.record, await parts.howItIs(tenant, run, personId));
  const link = `/runs/${found.id}`;
  return what === "story"
    ? { text: accountPage(found.record), report: true, link }
    : { ...causesCard(found.record), link };
}

/** Why something happened, as far as a run has found out; else what it says of itself. */
function causesCard(record: RunRecord): Card {
  const cause = causeOf(record);
  if (cause !== null && cause.details.length > 0)
    return {
      text: `${record.run}: ${cause.text}`,
      fields: [
        { label: "Evidence", value: cause.details.join("; ") },
        { label: "Found", value: cause.at },
      ],
    };
  const failed = record.happened.findLast(({ kind }) => kind === "failed" || kind === "denied");
  return {
    text: `${record.run}: ${failed?.text ?? `there is nothing on record about why. What is: ${record.title}, ${record.state}.`}`,
  };
}

/** What is to be done now: what was found out, and the questions that are put to people about it; the first is linked to. */
function nextCard(record: RunRecord, now: HowItIs | null): Card {
  if (now === null) return howIsCard(record.run, null);
  const cause = causeOf(record);
  const evidence = cause === null || cause.details.length === 0 ? [] : [cause.details.join("; ")];
  const [first] = now.asked;
  return {
    text: `${record.run}: ${cause === null ? now.sentence : `${sentenceEnd(cause.text)} ${now.sentence}`}`,
    fields: [
      ...evidence.map((value) => ({ label: "Evidence", value })),
      ...now.asked.map(({ says }) => ({ label: "Proposed, and waits for an answer", value: says })),
      ...(now.asked.length === 0 ? [{ label: "Proposed", value: "Nothing waits for an answer here now." }] : []),
    ],
    link: first === undefined ? `/runs/${now.id}` : `/gates/${first.gate}`,
  };
}
