import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { type Guess, learnIntents } from "./classify-intents.ts";
import { opened } from "./classify-slots.ts";
import { asksForOther } from "./command.ts";
import { isOffered } from "./grammar.ts";
import { listen } from "./listen.ts";
import type { Known } from "./near.ts";
import { recognize } from "./recognize.ts";

/** A sentence that was not understood when it was said, with names and times taken out, and what its person meant. */
export interface Lesson {
  readonly text: string;
  readonly intent: string;
  readonly personId: string;
}

const longestLesson = 200;
const staleMs = 2000;
/** Of one person, for one intent: nobody alone outweighs the sentences it came with. */
const mostOfOne = 5;

/** What somebody's words teach, now that they have begun something else in their place; null when that is nothing. */
export function lessonFrom(
  text: string,
  meant: Intent,
  at: {
    readonly intents: readonly IntentSpec[];
    readonly known: Known;
    readonly guess: Guess;
    /** What was begun answers the question that these words were answered with. */
    readonly isAnswer: boolean;
  },
): string | null {
  const spec = at.intents.find(({ name }) => name === meant.name);
  if (text.length > longestLesson || spec === undefined || !isOffered(spec)) return null;
  const { sentence, negated } = listen(text);
  if (sentence === "" || (negated && !spec.question)) return null;
  if (asksForOther(sentence, spec, at.intents)) return null;
  const heard = recognize(sentence, at.intents, at.known);
  if (heard.kind === "intent" || heard.kind === "incomplete" || heard.kind === "help") return null;
  // Where something was offered, only one of that is what was meant: whoever asks for something else has turned it down.
  const offer = recognize(sentence, at.intents, at.known, at.guess);
  const wasOffered = (say: string) => {
    const again = recognize(say, at.intents, at.known);
    return again.kind === "intent" && again.intent.name === spec.name;
  };
  if (offer.kind === "didYouMean" && !offer.suggestions.some(wasOffered)) return null;
  if (at.guess(sentence, at.known)?.name === spec.name) return null;
  const words = sentence.toLowerCase().split(/[^\p{L}\p{N}._/-]+/u);
  const names = Object.values(meant.params).filter((value) => typeof value === "string");
  if (!at.isAnswer && !names.some((name) => words.includes(name.toLowerCase()))) return null;
  return opened(sentence, at.known).toLowerCase();
}

/** Guesses by the intents' own sentences and by what a tenant's people taught. */
export interface Learner {
  /** The best guess there is now. What was taught elsewhere meanwhile is read at most every two seconds, and counts from the next time on. */
  guess(tenant: string): Promise<Guess>;
  /** Something was taught, or forgotten, here. */
  changed(tenant: string): void;
}

interface Pupil {
  guess: Guess;
  version: string;
  checkedAt: number;
}

/**
 * Learns when it is first asked, and anew when what was taught has changed; in between deliveries, since it takes about a fifth
 * of a second.
 */
export function createLearner(
  intents: readonly IntentSpec[],
  taught: { version(tenant: string): Promise<string>; all(tenant: string): Promise<readonly Lesson[]> },
  onError: (error: Error) => void,
): Learner {
  let learnt: Guess | undefined;
  const untaught: Guess = (sentence, known) => {
    learnt ??= learnIntents(intents);
    return learnt(sentence, known);
  };
  const pupils = new Map<string, Pupil>();
  const pupilOf = (tenant: string): Pupil => {
    const pupil = pupils.get(tenant) ?? { guess: untaught, version: "0:", checkedAt: Number.NEGATIVE_INFINITY };
    pupils.set(tenant, pupil);
    return pupil;
  };
  const learn = async (tenant: string): Promise<void> => {
    const pupil = pupilOf(tenant);
    pupil.checkedAt = performance.now();
    const version = await taught.version(tenant);
    if (version === pupil.version) return;
    const lessons = fairly(await taught.all(tenant));
    pupil.version = version;
    await new Promise((resolve) => setImmediate(resolve));
    pupil.guess = lessons.length === 0 ? untaught : noSurer(learnIntents(intents, lessons), untaught);
  };
  return {
    async guess(tenant) {
      const pupil = pupilOf(tenant);
      // The first one waits, so that a restart forgets nothing.
      if (pupil.checkedAt === Number.NEGATIVE_INFINITY) await learn(tenant);
      else if (performance.now() - pupil.checkedAt > staleMs) learn(tenant).catch(onError);
      return pupil.guess;
    },
    changed: (tenant) => void learn(tenant).catch(onError),
  };
}

/** What was taught is a reason to offer something; it makes no guess surer than it was without. */
function noSurer(taught: Guess, untaught: Guess): Guess {
  return (sentence, known) => {
    const guess = taught(sentence, known);
    if (!guess?.isSure) return guess;
    const before = untaught(sentence, known);
    return before?.name === guess.name && before.isSure ? guess : { name: guess.name, isSure: false, isTaught: true };
  };
}

/** No more than a few of one person for one intent, newest first; what people do not agree on teaches nothing. */
function fairly(lessons: readonly Lesson[]): Lesson[] {
  const counts = new Map<string, number>();
  const disputed = new Set(
    lessons
      .filter(({ text, intent }) => lessons.some((other) => other.text === text && other.intent !== intent))
      .map(({ text }) => text),
  );
  return lessons.filter(({ text, intent, personId }) => {
    const key = `${personId} ${intent}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= mostOfOne && !disputed.has(text);
  });
}
