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

const newcomer = "(?:i'?m|i am|we'?re|we are) new(?: here)?";
const whatIsThis =
  "(?:what(?:'s| is) (?:this|steward|(?:that|this) bot)|what are you|who are you|what can (?:you|this bot) do)";
const isNew = new RegExp(
  `^(?:(?:hi|hello|hey)[,!]? )?(?:${newcomer}(?:[,.!]* (?:and |so )?${whatIsThis})?|${whatIsThis})[.!? ]*$`,
  "iu",
);

const howWasIt =
  /^how (?:was|is|were) (?:the|your|everyone's) (?:night|day|weekend|week|morning|evening|holidays?)[?.! ]*$/iu;
const isThere =
  /^(?:(?:are )?(?:you|u) (?:there|up|awake|online|alive|around|listening)|anybody (?:there|home))[?.! ]*$/iu;

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
  if (isNew.test(plain) || isThere.test(plain) || howWasIt.test(plain)) return "greeting";
  const told = new Set<SmallTalk>();
  for (const word of words) {
    const kind = kindOf(word);
    if (kind !== null) told.add(kind);
    else if (!beside.has(word)) return null;
  }
  const found = (Object.keys(kinds) as SmallTalk[]).find((kind) => told.has(kind));
  if (/(?:^| )how (?:are you|is it going)(?: |$)/.test(words.join(" "))) return "greeting";
  if (found === undefined || said.includes("?") || listen(text).wonders || /^how (?:was|is|are|were)\b/iu.test(plain))
    return null;
  const isPlain = found !== "insult" && found !== "praise";
  return isPlain || aboutSteward.test(said) ? found : null;
}

function kindOf(word: string): SmallTalk | null {
  return (Object.keys(kinds) as SmallTalk[]).find((kind) => kinds[kind].test(word)) ?? null;
}
