import type { types } from "@slack/bolt";
import { cleanText } from "../../domain/text.ts";
import type { View } from "../../messages/adapter.ts";
import {
  button,
  fitsCell,
  header,
  image,
  linkTo,
  plain,
  preformatted,
  rich,
  sectionLongest,
  sections,
  table,
  timed,
} from "./blocks.ts";
import { cut, escaped } from "./text.ts";

/** A message as chat.postMessage and chat.update take it. */
export interface Rendered {
  /** For notifications and screen readers. */
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

/** Sections of text: with everything else far below the 50 blocks of a message. */
const textSections = 3;
/** Rows of a card, and all their characters: Slack refuses a message whose blocks are too long in all and names no number; this passes. */
const rowsMost = 50;
const rowsLongest = 8000;
/** Characters of the notification after escaping: chat.update takes no more. */
const notificationLongest = 4000;

/**
 * A view in Slack's blocks, within every limit of Slack's. What does not fit is cut and counted. A card that cannot show
 * its title, text and fields whole has no button that approves, but one that opens all of it with the decision inside.
 * `address` makes a path of ours a whole address; `opinion` asks what somebody thinks of an answer;
 * `file` is the view's picture in Slack.
 */
export function render(
  view: View,
  { address, opinion = false, file }: { address(path: string): string; opinion?: boolean; file?: string },
): Rendered {
  const { title, fields = [], outcome, link } = view;
  const shown = fields.slice(0, rowsShown(view));
  const blocks: types.KnownBlock[] = [
    ...(title === undefined ? [] : [header(title)]),
    ...sections(textOf(view), textSections),
    ...(cleanText(view.code ?? "") === "" ? [] : [preformatted(view.code ?? "")]),
    ...(file === undefined || view.picture === undefined ? [] : [image(file, view.picture.alt)]),
    ...table(shown),
  ];
  if (shown.length < fields.length)
    blocks.push({ type: "section", text: plain(`… (${fields.length - shown.length} fields more)`, sectionLongest) });
  const elements = buttonsOf(view);
  if (elements.length > 0) blocks.push({ type: "actions", elements });
  const said = cleanText(outcome ?? "").trim();
  if (said !== "") blocks.push(rich(timed(cut(said, 1000))));
  const to = link === undefined ? null : linkTo(address(link));
  if (to) blocks.push(rich([to]));
  if (opinion) blocks.push(askOpinion);
  return { text: notification(view), blocks };
}

/** Whether a message shows all of it, so that whoever presses a button below has had the chance to read it. */
function isWhole(view: View): boolean {
  const { title = "", fields = [] } = view;
  return (
    cleanText(title).length <= 150 &&
    cleanText(textOf(view)).length <= textSections * sectionLongest &&
    fields.every(fitsCell) &&
    rowsShown(view) === fields.length
  );
}

/** A settled card repeats its outcome at the end of its text; below the fields it is said once. */
function textOf({ text, title, outcome }: View): string {
  if (title === undefined || outcome === undefined || outcome.trim() === "") return text;
  const kept = text.endsWith(`${outcome}.`) ? text.slice(0, -outcome.length - 1).trim() : "";
  return kept === "" ? text : kept;
}

function rowsShown({ fields = [] }: View): number {
  let room = rowsLongest;
  const full = fields.findIndex(({ label, value }) => {
    room -= Math.min(label.length + value.length, 2 * sectionLongest);
    return room < 0;
  });
  return Math.min(full === -1 ? fields.length : full, rowsMost);
}

/** Below a card that is not whole, what would go ahead opens all of it first; what stops it needs no reading. */
function buttonsOf(view: View): types.Button[] {
  const whole = isWhole(view);
  return (view.buttons ?? [])
    .map((each, index) => {
      const shown = button(each, index);
      if (shown === null || whole || "say" in each || each.style === "danger") return shown;
      return { ...shown, action_id: `whole:${index}`, text: plain(`${each.label}${readFirst}`, 75) };
    })
    .filter((each) => each !== null)
    .slice(0, 25);
}

/** What follows the label of a button that opens the whole card. */
export const readFirst = " … (read all of it first)";

function notification({ text, outcome }: View): string {
  const said = outcome === undefined || text.includes(outcome) ? text : `${text} ${outcome}`;
  return escaped(cut(cleanText(said), notificationLongest, (part) => escaped(part).length));
}

const askOpinion: types.ContextActionsBlock = {
  type: "context_actions",
  elements: [
    {
      type: "feedback_buttons",
      action_id: "opinion",
      positive_button: { text: plain("Helpful", 75), value: "liked" },
      negative_button: { text: plain("Not helpful", 75), value: "disliked" },
    },
  ],
};
