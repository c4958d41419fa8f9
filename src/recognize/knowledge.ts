import { listen, longestHeard } from "./listen.ts";

const who = "(?:i|we|you|one|people|somebody|someone|anybody|anyone)";
const how = `how (?:do|does|can|could|should|would|must) ${who}|how to|explain how|what (?:do|should|must|can) ${who} do`;
const facts = [
  `where (?:do|can|could|should) ${who}`,
  `(?:who|whom) (?:do|should|can) ${who} (?:ask|talk to|contact|speak to|turn to)`,
  "(?:who|which team|which person) (?:owns|maintains|looks after|is responsible for|is in charge of|knows)",
  "(?:what|which) (?:[\\p{L}-]+ ){1,2}(?:do|does) \\S+ (?:use|need|run on|depend on|belong to|talk to|listen on)",
  "what (?:is|are) (?:the|our) (?:right |best |usual |correct )?(?:process|procedure|policy|policies|rules?|ways?|steps?)",
  "(?:is|are) there (?:a|an|any|some) (?:guides?|documentation|docs?|documents?|articles?|manual|page)",
  "explain (?:why|what|where)",
  "why (?:do|did) (?:i|we|you)",
].join("|");
const begins = (forms: string) =>
  new RegExp(`^(?:(?:and|so|but|please|can you tell me|do you know|tell me),? )*(?:${forms})(?!\\p{L})`, "iu");
const asked = { way: begins(how), fact: begins(facts) };

/**
 * What a text asks that is for the handbook and for people, whatever it names: the way to do something ("how do I deploy checkout?"),
 * which Steward may know itself, or a fact ("who owns checkout?"). Null for what asks neither.
 */
export function knowledgeAsked(text: string): "way" | "fact" | null {
  if (text.length > longestHeard) return null;
  const { sentence } = listen(text);
  return asked.way.test(sentence) ? "way" : asked.fact.test(sentence) ? "fact" : null;
}
