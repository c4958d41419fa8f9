/** Everyday words of our neighbours that are no English ones. */
const words = new Set(
  [
    "ich du wir ihr bitte brauche kannst können könnte für auf und nicht der das ist mir mich zugriff mit ein eine einen neu hallo wie geht starte",
    "je tu nous vous pour avec est les des une le la merci bonjour svp besoin peux pouvez dans sur",
    "necesito quiero por favor para el los las una con hola puedes reinicia acceso gracias en",
    "ho bisogno di il della ciao puoi voglio grazie favore",
    "ik heb nodig voor het een van alsjeblieft kun toegang",
    "preciso quero acesso obrigado você reinicie",
  ].flatMap((line) => line.split(" ")),
);

/** Whether a text is most likely not English: two or more such words, a quarter of all, or letters of another script. */
export function isForeign(text: string): boolean {
  const said = text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  const others = said.filter((word) => words.has(word) || /[^\p{Script=Latin}']/u.test(word)).length;
  return others >= 2 && others * 4 >= said.length;
}
