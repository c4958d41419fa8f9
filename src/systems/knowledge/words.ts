/** Apostrophes are folded before these are looked up: "can't" is "cant". */
const smallWords = new Set(
  "a about after again ago all already also always am an and any anybody anyone are around as ask asked asking at away back be because been being big break breaks broke broken business but by can cannot cant come comes coming completely could couldnt crash crashed crashes dead deadline did didnt do does doesnt doing done dont down during each else error errors ever every everybody everyone everything fail failed failing fails failure few find first for from get gets getting give go goes going gone good got had happen happens has hasnt have havent having he hello help helping her here hey hi him his how i id if ill im in into is isnt issue issues it its itself ive just keep keeps kindly know last length let like little long lose lot make many max maximum may maybe me mine minimum more morning most much must my myself need needs new next no nobody none not nothing now of off often ok on once one only or our out over own per person please pls possible problem problems put quite really right said same say says see set shall she should show shows simply since so some somebody someone something somewhere soon still stopped such super sure take team tell than thank thanks that thats the their them then there these they thing things this time to today tomorrow too totally trouble try trying under until up upon urgent us use used using very via want wants was wasnt way we week well went were weve what whats when where whether which while who whom why will with within without wont work working works would wrong yes yesterday yet you your yours".split(
    " ",
  ),
);

/** What people in an office say for the same: the first of a line stands for all. */
const alike = new Map(
  `password pw pwd passwd passphrase passcode
phone mobile cell cellphone smartphone iphone android handset
screen display monitor projector beamer tv television
factor 2fa mfa otp authenticator
jam stuck clog
expense reimburse reimbursement refund claim taxi cab uber
trip travel journey flight fly plane
hotel accommodation
book reserve reservation
meeting conference
slow sluggish lag laggy slowly crawl stutter choppy
connect connection reach join
account login logon sign-in signin
lock block lockout unlock
forgot forget forgotten remember
reset change renew
install setup configure add
toner ink
black blank dark picture
pay paid payment payout
euro cost price budget expensive
send mail submit
network lan intranet`
    .split("\n")
    .flatMap((line) => {
      const [first = "", ...others] = line.split(" ").map(bareOf);
      return others.map((other) => [other, first] as const);
    }),
);

/** Words of two that are one: "log in" holds none that counts alone. */
const pairs = [
  { said: /\b(?:log(?:ged|ging)?|sign(?:ed|ing)?)[ -](?:in|on)\b/giu, term: "login" },
  { said: /\bhand(?:ed|ing)?[ -]in\b/giu, term: "submit" },
  { said: /\bset(?:ting)?[ -]?up\b/giu, term: "install" },
] as const;

const trouble =
  /\b(?:cannot|can't|cant|couldn't|doesn't|doesnt|does not|don't|won't|wont|isn't|not|no|nothing|never|broken?|jam(?:s|med)?|stuck|slow|black|blank|dark|locked|blocked|out of|fail(?:s|ed|ing|ure)?|errors?|problems?|trouble|issues?|down|dead|crash(?:es|ed)?|wrong|forgot(?:ten)?|expired|missing|gone|stop(?:s|ped)|lost)\b/iu;

/** Whether a text, or a heading, tells that something is not as it should be. */
export function tellsTrouble(text: string): boolean {
  return trouble.test(text.replace(/[’‘´]/gu, "'"));
}

/** Words that say which one, and not what. */
const slight = new Set(["old", "other", "another", "lost"]);
/** Words that a section may lack and still be right. */
const mayLack = new Set([...slight, "expir", "gon"]);
/** What the words after these say is where, when or with whom. */
const aside =
  /(?<![\p{L}\p{N}])(?:on|in|at|from|with|near|to|for|since|after|before)(?![\p{L}\p{N}]).*?(?=[.,;:!?]| (?:is|are|was|has|have|does|do|did|can|cannot|cant|will|wont|doesnt|\p{L}+n[’']t)(?!\p{L})|$)/giu;

/** A word of a question. */
export interface Asked {
  readonly term: string;
  /** It says which one, or where or with whom: a section that lacks it may still be right. */
  readonly aside: boolean;
  /** It says which one, and never what. */
  readonly slight: boolean;
  /** It is a thing of whoever asks: "laptop" in "my laptop's screen is black". */
  readonly own: boolean;
}

/** The words of a question that say something. */
export function wordsAsked(question: string): Asked[] {
  const core = new Set(termsOf(question.replace(aside, " ")));
  const own = new Set([...question.matchAll(/\bmy\s+([\p{L}\p{N}-]+)/giu)].map(([, thing = ""]) => stem(thing)));
  return termsOf(question).map((term) => ({
    term,
    aside: !core.has(term) || mayLack.has(term),
    slight: slight.has(term),
    own: own.has(term),
  }));
}

/** The words of a text that say something, each once, in the form in which they are looked up. */
export function termsOf(text: string): string[] {
  const whole = pairs.reduce((so, { said, term }) => so.replace(said, term), text);
  const words = whole.split(/[^\p{L}\p{N}'’-]+/u);
  return [...new Set(words.flatMap((word) => stem(word) ?? []))];
}

/** A word without its ending, so that "printers" and "printing" find "print", or what it is another word for; null for words that say nothing. */
function stem(word: string): string | null {
  const lower = word
    .toLowerCase()
    .replace(/[’']s$/, "")
    .replace(/[’']/g, "")
    .replace(/^-+|-+$/g, "");
  if (lower.length < 2 || smallWords.has(lower) || /^\d+(?:st|nd|rd|th)?$/.test(lower)) return null;
  const bare = bareOf(lower);
  return alike.get(bare) ?? bare;
}

/** "printers", "printing" and "printed" are "print"; what would be shorter than three letters stays as it is. */
function bareOf(word: string): string {
  const bare = word.replace(/(?:ing|ed|ers|er|es|s|e)$/, "");
  return bare.length >= 3 ? bare.replace(/([bdgmnpt])\1$/, "$1") : word;
}
