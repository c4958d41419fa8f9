import type { types } from "@slack/bolt";
import { cleanText } from "../../domain/text.ts";
import type { View } from "../../messages/adapter.ts";
import type { Form, Home, HomeLine } from "../../messages/platform.ts";
import { button, header, linkTo, plain, rich, sections } from "./blocks.ts";
import { cut } from "./text.ts";

/** A deciding button: what it says and its token. */
export interface Decision {
  readonly label: string;
  readonly token: string;
}

/** Characters of a modal: Slack takes 250 KB of JSON, and one character can take six bytes there. */
const longest = 30_000;
/** Blocks of a modal, less those for buttons and link. */
const blocksMost = 96;

/** A whole card with one decision below it. One that is too large even for this has none: it says where to decide. */
export function wholeModal(view: View, decision: Decision, address: (path: string) => string): types.ModalView {
  const texts = [view.text, ...(view.fields ?? []).map(({ label, value }) => `${label}:\n${value}`)];
  const blocks: types.KnownBlock[] = [];
  if (view.title !== undefined) blocks.push(...sections(view.title, 10));
  for (const text of texts) blocks.push(...sections(text, 10));
  const size = [view.title ?? "", ...texts].map((text) => cleanText(text).length);
  const whole = blocks.length <= blocksMost && size.every((each) => each <= 30_000) && sum(size) <= longest;
  const shown: types.KnownBlock[] = whole ? blocks : sections(cut(cleanText(texts.join("\n")), longest / 2), 5);
  const press = button({ ...decision, style: "primary" }, 0);
  if (whole && press) shown.push({ type: "actions", elements: [press] });
  if (!whole)
    shown.push(
      ...sections("This is too large to be shown in Slack, so it cannot be decided here: decide on its page.", 1),
    );
  const to = view.link === undefined ? null : linkTo(address(view.link));
  if (to) shown.push(rich([to]));
  return { type: "modal", title: plain("Read and decide", 24), close: plain("Close", 24), blocks: shown };
}

/** What is asked before a press counts. The token comes back as the modal's private metadata, the values under the fields' names. */
export function formModal(form: Form): types.ModalView {
  return {
    type: "modal",
    callback_id: "form",
    private_metadata: form.token,
    title: plain(form.title, 24),
    submit: plain("Send", 24),
    close: plain("Cancel", 24),
    blocks: form.fields.slice(0, 100).map(({ name, label, required, value, longest: most }) => ({
      type: "input",
      block_id: name,
      label: plain(label, 2000),
      optional: !required,
      element: {
        type: "plain_text_input",
        action_id: "value",
        multiline: value === undefined,
        max_length: Math.min(most, 3000),
        ...(value !== undefined && { initial_value: value.slice(0, Math.min(most, 3000)) }),
      },
    })),
  };
}

/** What became of a press in a modal. Closing it closes those below, whose buttons are over. */
export function sentenceModal(sentence: string): types.ModalView {
  return {
    type: "modal",
    title: plain("Steward", 24),
    close: plain("Close", 24),
    clear_on_close: true,
    blocks: sections(sentence, 1),
  };
}

/** The first screen: what waits for this person, what they asked for, what runs now. Null is somebody nobody here knows. */
export function homeView(home: Home | null, userId: string, examples: readonly string[]): types.HomeView {
  if (home === null)
    return {
      type: "home",
      blocks: [
        header("Steward does not know you yet"),
        ...sections(`Whoever runs Steward can add you: your Slack user id is ${userId}.`, 1),
      ],
    };
  return {
    type: "home",
    blocks: [
      ...group("Waiting for you", home.waiting, "Nothing waits for your answer."),
      ...group("What you asked for", home.mine, examples[0] ? `Nothing yet. Try: ${examples[0]}` : "Nothing yet."),
      ...group("Running now", home.running, "Nothing runs."),
    ],
  };
}

/** Lines of one group; the rest is counted. */
const linesMost = 30;

function group(title: string, lines: readonly HomeLine[], none: string): types.KnownBlock[] {
  if (lines.length === 0) return [header(title), ...sections(none, 1)];
  const list: types.RichTextList = {
    type: "rich_text_list",
    style: "bullet",
    elements: lines.slice(0, linesMost).map((line) => ({ type: "rich_text_section", elements: elementsOf(line) })),
  };
  const more = lines.length - linesMost;
  return [header(title), { type: "rich_text", elements: [list] }, ...(more > 0 ? sections(`… (${more} more)`, 1) : [])];
}

function elementsOf({ title, state, link }: HomeLine): types.RichTextElement[] {
  const text = cut(cleanText(title), 150) || "-";
  const to = linkTo(link);
  return [to ? { ...to, text } : { type: "text", text }, { type: "text", text: ` (${cut(cleanText(state), 100)})` }];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
