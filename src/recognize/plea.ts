import { listen, longestHeard, withoutPlease } from "./listen.ts";

const own =
  /(?<![\p{L}\p{N}'])(?:i|i'm|i've|i'd|im|ive|me|my|mine|myself|we|we're|we've|us|our|ours|customers?|colleagues?)(?![\p{L}\p{N}'])/iu;
const mine = /(?<![\p{L}\p{N}'])(?:my|our)(?![\p{L}\p{N}'])/iu;
const trouble =
  /\b(?:broken?|breaks|fail(?:s|ed|ing|ure)?|errors?|problems?|issues?|trouble|stuck|slow|down|lost|stolen|missing|forgot(?:ten)?|locked|jam(?:s|med)?|crash(?:es|ed|ing)?|hangs?|frozen|freezes|empty|leak(?:s|ing)?|degraded|elevated|noisy|dead|blocked|expired|wrong|cannot|can't|cant|doesn't|doesnt|don't|isn't|won't|wont|unable|not working|not work|stopped|urgent|outage|unreachable|angry|cold|hurts?)\b/iu;
const callsFor =
  /\b(?:help (?:me|us)|(?:i|we) need (?:some |your |somebody's )?help|(?:can|could|would) (?:somebody|someone|anybody|anyone|you) (?:please )?(?:help|look at|have a look|come|fix|repair))\b/iu;
const asks =
  /^(?:who|whom|whose|what|what's|whats|when|where|where's|which|why|how|how's|is|are|do|does|did|may|should|will|would|has|have|any|show|list|tell)\b/iu;
const orders =
  /^(?:add|approve|assign|ban|block|buy|cancel|change|close|create|delete|deploy|destroy|disable|dm|drop|enable|erase|execute|fire|fix|format|give|grant|hack|ignore|install|kill|launch|make|merge|message|move|open|order|page|pay|post|promote|purge|reboot|release|remind|remove|rename|replace|reset|restart|revert|roll|run|scale|send|set|shut|start|stop|terminate|transfer|truncate|turn|uninstall|update|upgrade|wipe|write)\b/iu;
const aboutUs =
  /^(?:are|were|do|did|will|would|have|can|who|what|how|why|where|when)\b.*(?<![\p{L}'])(?:you|your|yourself|u)(?![\p{L}'])/iu;
/** What Steward keeps itself: its runs, who agreed to what, who is on call, what it cost. */
const matters =
  /\b(?:r-[0-9a-z]{6}|runs?|approv(?:e|es|ed|al|als|ing)|deny|denied|gates?|requests?|incidents?|alerts?|postmortems?|runbooks?|hand ?overs?|shifts?|on[- ]?call|audit|logs?|costs?|spen[dt]|budget|reminders?|quiet hours|delegat\w+|steward|deploy(?:s|ed|ment|ments)?|restart(?:s|ed|ing)?|roll(?:ed)? ?back)\b/iu;
const vague = /^(?:that|this|it|these|those)(?:'s| was| is| were| are)\b/iu;

/** Whether a message asks about Steward itself. */
export function isAboutSteward(text: string): boolean {
  const { sentence } = listen(text);
  return aboutUs.test(sentence) && !own.test(sentence);
}

const models = "(?:models?|ai|claude|tokens?)";
const money = "(?:costs?|spen[dt]|budget)";
const done =
  "(?:approved|denied|deployed|restarted|rolled back|scaled|granted|revoked|(?:did|has|have|was|were)\\b.*\\b(?:approve|deny|deploy|restart|roll back|scale|grant|revoke|get)\\b.*\\b(?:access|today|yesterday|this week|last))";
const matter = {
  costs: new RegExp(`\\b${money}\\b.*\\b${models}\\b|\\b${models}\\b.*\\b${money}\\b`, "iu"),
  record: new RegExp(
    `\\baudit (?:log|trail|record|entries|page)\\b|^(?:show|export|open|read|see|give|print)\\b(?: me)?(?: the)? audit\\b|^(?:who|what|which|when|why|did|has|show)\\b.*\\b${done}|^what (?:did|have) you (?:do|done)\\b|^what did \\w+ (?:approve|deny|restart|deploy)\\b`,
    "iu",
  ),
  runs: /^(?:(?:show|list|see|give|what are|which are)(?: me)?(?: (?:all|the|my|of))*(?: open)?|my(?: open)?) (?:runs|requests)$|^(?:all )?runs$/iu,
};

/** A matter that Steward has a page about: what was done and by whom, what models cost, what was asked for. Null for any other. */
export function matterOf(text: string): keyof typeof matter | null {
  if (text.length > longestHeard) return null;
  const { sentence } = listen(text);
  return (Object.keys(matter) as (keyof typeof matter)[]).find((kind) => matter[kind].test(sentence)) ?? null;
}

/** Whom a text wants to be told or reminded of something, where that is one of these people; null for any other text. */
export function personToldIn(text: string, people: readonly string[]): string | null {
  if (text.length > longestHeard) return null;
  const said =
    /^(?:tell|inform|notify|remind|dm|pm|message|msg|ping|text|let|write to|send a message to) @?([\p{L}\p{N}_-]+)/iu.exec(
      listen(text).sentence,
    )?.[1];
  return people.find((id) => id.toLowerCase() === said?.toLowerCase()) ?? null;
}

/** "remind ben to look at the gate" as a reminder for whoever says it; null for what reminds nobody. */
export function remindedInstead(text: string): string | null {
  const said = withoutPlease(listen(text).plain);
  const mine = said.replace(/^remind @?[\p{L}\p{N}_-]+ /iu, "remind me ");
  return mine === said ? null : mine;
}

/**
 * Whether a message that nothing else understood is plainly a cry for help: somebody tells of trouble of their own, or of a thing that
 * does not work, or asks to be helped. Only that is put to people at once. An order, a question of information, what Steward keeps
 * itself and idle talk are none: whoever wrote them is asked first.
 */
export function isPlea(text: string): boolean {
  if (text.length > longestHeard) return false;
  const { sentence } = listen(text);
  if (matters.test(sentence) || vague.test(sentence)) return false;
  if (callsFor.test(text)) return true;
  if (orders.test(sentence) || isAboutSteward(text)) return false;
  return trouble.test(sentence) && (!asks.test(sentence) || mine.test(sentence));
}

/** Whether a message tells that something is wrong, and orders nothing: "we see errors on billing". */
export function tellsOfTrouble(text: string): boolean {
  if (text.length > longestHeard) return false;
  const { sentence } = listen(text);
  return (trouble.test(sentence) || /\b[45]0\d(?:s|es)?\b/u.test(sentence)) && !orders.test(sentence);
}

/** Whom access is wanted for in somebody else's words: "ben needs access to billing", "give dan read access". Null where it is the writer's own too. */
export function accessAskedFor(text: string, people: readonly string[]): string | null {
  const { sentence } = listen(text);
  const [, one, other] =
    /^@?([\p{L}\p{N}_-]+) (?:needs?|wants?|requires?|should|must) .*\baccess\b|\b(?:give|grant|get|let|for) @?([\p{L}\p{N}_-]+)(?: \p{L}+){0,2} access\b/iu.exec(
      sentence,
    ) ?? [];
  const said = (one ?? other)?.toLowerCase();
  return people.find((id) => id.toLowerCase() === said) ?? null;
}
