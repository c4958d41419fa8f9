/** A message with everything taken off that does not change what is wanted. */
export interface Said {
  /** The bare sentence: one blank between words, no address, no courtesy, no final mark. */
  readonly sentence: string;
  /** What was said after the address, with its punctuation. */
  readonly plain: string;
  /** It is a question, and not a polite request: nothing may be done on it. */
  readonly asks: boolean;
  /** It begins as only a question does: it wants to know something, and not even an offer to do something answers it. */
  readonly wonders: boolean;
  /** It says what not to do: nothing may be done on it. */
  readonly negated: boolean;
}

/** More than this many characters are no request, and are not read for one: some steps take the square of the length. */
export const longestHeard = 600;

const greeting =
  /^(?:hi|hello|hey|ok|okay|good (?:morning|afternoon|evening))(?: there| all| team)?(?:[,!.:]? |[,!.:]?$)/i;
const address = /^(?:<@[^>\s]+>|@steward|\/steward|steward(?=[,:]| )|steward$)[,:]?(?: |$)/i;
const courtesy =
  /^(?:please|pls|kindly|just|(?:can|could) you|i(?:'d| would) like you to|i (?:want|need) you to)(?:,? |$)/i;
const polite = /^(?:can|could|may) (?:you|i)\b/i;
const closing = /,? (?:please|pls|thanks|thank you|thx|now|asap|right away|right now|for me|again)$/i;
/** What begins like this asks, with a question mark or without. */
const wonders =
  /^(?:and |but |so )?(?:who|whos|who's|what|whats|what's|when|whens|when's|where|wheres|where's|which|why|whys|how come|has|had|have (?:we|you|they)|did|does|was|were)(?: |$)(?!about )/iu;
const marks = new Set("?!.… ");
const negations = new Set([
  "not",
  "never",
  "without",
  "stop",
  "cancel",
  "abort",
  "avoid",
  "undo",
  "instead",
  "cannot",
  "unless",
  "except",
  "excluding",
  "nobody",
  "nothing",
]);
const isContracted = /^(?:.*n't|(?:do|does|did|should|would|could|ca|wo|is|are|was|must|need)nt)$/;

/** Takes the sentence out of a message of at most `longestHeard`: "@steward, could you please restart checkout?" says "restart checkout". */
export function listen(text: string): Said {
  let sentence = text
    .replace(/[’‘´]/gu, "'")
    .replace(/["“”„*`]/gu, "")
    .replace(/(?<![\p{L}\p{N}])(what|how|who|where|when)s(?= )/giu, "$1's")
    .replace(/\s+/gu, " ")
    .trim();
  const greeted = strip(sentence, greeting);
  sentence = strip(greeted, address);
  // Nothing but our name is a call.
  if (sentence === "" && greeted !== "")
    return { sentence: "?", plain: "?", asks: false, wonders: false, negated: false };
  sentence = strip(sentence, greeting);
  const plain = sentence;
  const { bare, mark } = unmarked(sentence);
  if (bare === "" && mark.includes("?"))
    return { sentence: "?", plain: "?", asks: false, wonders: false, negated: false };
  const request = polite.test(bare.replace(/^please,? /i, ""));
  let questioned = mark.includes("?");
  sentence = bare.replace(/,(?= )/gu, "");
  for (let before = ""; before !== sentence; ) {
    before = sentence;
    const open = sentence.replace(courtesy, "").replace(closing, "").trim();
    // "could you restart checkout? Thanks!" has its mark before the thanks.
    const rest = open === before ? null : unmarked(open);
    questioned ||= rest?.mark.includes("?") ?? false;
    sentence = rest?.bare ?? sentence;
  }
  const isWondering = wonders.test(sentence);
  return {
    sentence,
    plain,
    asks: (questioned && !request) || isWondering,
    wonders: isWondering,
    negated: denialsIn(bare).length > 0,
  };
}

/** What was said after the address, exactly as it was written but for the space after a first colon: of any length. */
export function writtenIn(text: string): string {
  return strip(strip(text.trim(), greeting), address).replace(/^([^:\n]{1,80}:)\s+/u, "$1 ");
}

/** What was said after the address, with its punctuation and its quotation marks; without the thanks after a last one. */
export function asWritten(text: string): string {
  const plain = text.replace(/[’‘´]/gu, "'").replace(/[“”„]/gu, '"').replace(/\s+/gu, " ").trim();
  const written = strip(strip(strip(plain, greeting), address), greeting);
  const bare = withoutThanks(written);
  return bare.endsWith('"') ? bare : written;
}

/** A text without the courtesy at its beginning. */
export function withoutPlease(text: string): string {
  let bare = text;
  for (let before = ""; before !== bare; ) {
    before = bare;
    bare = strip(bare, courtesy);
  }
  return bare;
}

/** A text without the courtesy and the marks at its end. */
export function withoutThanks(text: string): string {
  let bare = unmarked(text).bare;
  for (let before = ""; before !== bare; ) {
    before = bare;
    bare = unmarked(bare.replace(closing, "").trim()).bare;
  }
  return bare;
}

function unmarked(sentence: string): { readonly bare: string; readonly mark: string } {
  let end = sentence.length;
  while (end > 0 && marks.has(sentence[end - 1] ?? "")) end--;
  return { bare: sentence.slice(0, end), mark: sentence.slice(end) };
}

const chatter =
  /(?<![\p{L}\p{N}])(?:hi|hello|hey|good (?:morning|afternoon|evening|night)|thanks|thank you|thx|cheers|bye|please|ok|okay|yes|no|great|cool|nice|perfect|sure|lol|ty|sorry|well done|good (?:bot|job|work)|you|there|all|team|everyone|everybody|steward|so|very|a lot|much|for (?:your )?help)(?![\p{L}\p{N}])/giu;

/** Whether there is anything in a message besides greetings, thanks and yes or no. */
export function isMoreThanChatter(text: string): boolean {
  return text.length > longestHeard || /[\p{L}\p{N}]{2}/u.test(listen(text).plain.replace(chatter, " "));
}

function strip(text: string, what: RegExp): string {
  return text.replace(what, "").trim();
}

/** "If it does not help" forbids nothing. */
const unlessWell =
  /\b(?:if|when|in case) (?:it|this|that|they|one) (?:does not|do not|did not|is not|doesn'?t|don'?t|didn'?t|isn'?t) \p{L}+/giu;

/** What a text denies or forbids, each with the two words after it: "I do not need it any more" holds "not need it". */
export function denialsIn(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .replace(unlessWell, "")
    .split(/[\s,;:.!]+/u);
  return words.flatMap((word, i) => {
    const isOne = negations.has(word) || isContracted.test(word) || (word === "no" && words[i + 1] !== "longer");
    return isOne ? [[isContracted.test(word) ? "not" : word, ...words.slice(i + 1, i + 3)].join(" ")] : [];
  });
}
