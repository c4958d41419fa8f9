import { listen, longestHeard } from "./listen.ts";

const kinds = {
  thanks: /^(?:thanks|thank|thx|ty|tysm|tks|cheers|appreciated?|grateful)$/,
  sorry: /^(?:sorry|apologies|apologi[sz]e|oops|whoops|pardon|excuse)$/,
  insult:
    /^(?:useless|idiots?|idiotic|stupid|dumb|moron|fool|foolish|worst|terrible|awful|horrible|crap|crappy|garbage|trash|rubbish|pathetic|worthless|sucks?|hate|damn|fuck(?:ing)?|shit(?:ty)?|bullshit|hopeless|ridiculous|silly|bad|shut)$/,
  praise:
    /^(?:great|good|cool|nice|perfect|awesome|amazing|excellent|brilliant|wonderful|fantastic|superb|well|love|best|star|hero|lovely|helpful|impressive)$/,
  goodbye: /^(?:bye|goodbye|night|later|ciao)$/,
  greeting: /^(?:hi|hello|hey|hiya|yo|morning|afternoon|evening|greetings|howdy)$/,
} as const;
/** What small talk is. */
export type SmallTalk = keyof typeof kinds;

/** What stands beside those words and asks for nothing. */
const beside = new Set(
  "a again all always am an and are at be bot by dear done ever everybody everyone folks for going guys have having how i i'm im is it its it's job just lot lots many me mate much my of ok okay oh one please really r s see so steward such super team that that's the there they this to today too truly u up very was we were what work you your you're youre yes day week weekend lol man same".split(
    " ",
  ),
);
/** "bad", "well" and the like are said of much that is in trouble: alone with these they are about nobody but Steward. */
const aboutSteward = /\b(?:you|your|you're|youre|u|bot|steward|job|work|done|that|this)\b|^\W*\p{L}+\W*$/iu;
const gratitude =
  /^(?:many |so many |ok |okay |great )*(?:thanks|thank you|thx|ty|cheers)(?: (?:so much|very much|a lot|again))* for [^.,;:!?\n]+[.! ]*$/iu;

/** What a message says that holds nothing but courtesy or its opposite; null where it holds more, or nothing of the kind. */
export function smallTalkIn(text: string): SmallTalk | null {
  if (text.length > longestHeard) return null;
  const { plain } = listen(text);
  // What is heard takes a greeting at its beginning off.
  const said = text
    .toLowerCase()
    .replace(/[’‘´]/gu, "'")
    .replace(/@steward|\/steward|<@[^>\s]+>|good (?=morning|afternoon|evening|night)/gu, " ");
  const words = said.match(/[\p{L}\p{N}']+/gu) ?? [];
  if (gratitude.test(plain)) return "thanks";
  const told = new Set<SmallTalk>();
  for (const word of words) {
    const kind = kindOf(word);
    if (kind !== null) told.add(kind);
    else if (!beside.has(word)) return null;
  }
  const found = (Object.keys(kinds) as SmallTalk[]).find((kind) => told.has(kind));
  if (/(?:^| )how (?:are you|is it going)(?: |$)/.test(words.join(" "))) return "greeting";
  if (found === undefined || said.includes("?")) return null;
  const isPlain = found !== "insult" && found !== "praise";
  return isPlain || aboutSteward.test(said) ? found : null;
}

function kindOf(word: string): SmallTalk | null {
  return (Object.keys(kinds) as SmallTalk[]).find((kind) => kinds[kind].test(word)) ?? null;
}

const own =
  /(?<![\p{L}\p{N}'])(?:i|i'm|i've|i'd|i'll|im|ive|me|my|mine|myself|we|we're|we've|us|our|ours|somebody|someone|anybody|anyone|everybody|customers?|colleagues?)(?![\p{L}\p{N}'])/iu;
const trouble =
  /\b(?:help|broken?|breaks|fail(?:s|ed|ing|ure)?|errors?|problems?|issues?|trouble|stuck|slow|down|lost|missing|forgot(?:ten)?|locked|jam(?:s|med)?|crash(?:es|ed|ing)?|hangs?|frozen|freezes|empty|leak(?:s|ing)?|noisy|dead|blocked|expired|wrong|cannot|can't|cant|doesn't|doesnt|don't|isn't|won't|wont|unable|not working|not work|stopped|urgent|outage|unreachable|angry|cold)\b/iu;
const wonders =
  /^(?:who|whom|whose|what|what's|when|where|where's|which|why|how|how's|is|are|do|does|did|can|could|may|should|will|would|has|have|any)\b/iu;
const orders =
  /^(?:add|approve|assign|ban|block|buy|cancel|change|close|create|delete|deploy|destroy|disable|drop|enable|erase|execute|fire|format|give|grant|hack|ignore|install|kill|launch|make|merge|move|open|order|pay|promote|purge|reboot|release|remove|rename|replace|reset|restart|revert|roll|run|scale|set|shut|start|stop|terminate|transfer|truncate|turn|uninstall|update|upgrade|wipe|write)\b/iu;
const aboutUs =
  /^(?:are|were|do|did|will|would|have|can|who|what|how|why|where|when)\b.*(?<![\p{L}'])(?:you|your|yourself|u)(?![\p{L}'])/iu;
const idle =
  /\b(?:what time is it|what(?:'s| is) the time|what day is it|weather|joke|poem|sing|song|meaning of life|capital of)\b/iu;

/** Whether a message asks about Steward itself. */
export function isAboutSteward(text: string): boolean {
  const { sentence } = listen(text);
  return aboutUs.test(sentence) && !own.test(sentence);
}

/**
 * Whether a message that nothing else understood tells of somebody's trouble or asks what people may know, so that they can be asked at
 * once. An order, a question about Steward itself and idle talk are none: whoever wrote them is asked first.
 */
export function looksLikeHelp(text: string): boolean {
  if (text.length > longestHeard) return true;
  const { sentence } = listen(text);
  if (idle.test(sentence) || orders.test(sentence) || isAboutSteward(text)) return false;
  return own.test(sentence) || trouble.test(sentence) || wonders.test(sentence);
}
