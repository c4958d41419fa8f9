import type { Block, Element, Text } from "./shapes.ts";

/** Slack's published limits: https://docs.slack.dev/reference/block-kit (blocks, block elements, composition objects) and views. */
const limits = {
  message: 50,
  view: 100,
  sectionText: 3000,
  sectionFields: 10,
  fieldText: 2000,
  headerText: 150,
  actions: 25,
  contextElements: 10,
  contextActions: 5,
  buttonText: 75,
  buttonValue: 2000,
  actionId: 255,
  blockId: 255,
  altText: 2000,
  inputLabel: 2000,
  inputLongest: 3000,
  modalTitle: 24,
  privateMetadata: 3000,
  viewBytes: 250_000,
  /** Not published: what messages have been refused for beyond it (msg_blocks_too_long). */
  messageCharacters: 40_000,
} as const;

/** What Slack would refuse in these blocks, a sentence each; [] when it takes them. */
export function problemsOf(blocks: readonly Block[], where: "message" | "view"): string[] {
  const problems: string[] = [];
  const check = (fine: boolean, what: string) => {
    if (!fine) problems.push(what);
  };
  const text = (it: Text | string | undefined, most: number, what: string) => {
    const words = typeof it === "string" ? it : it?.text;
    check(words !== undefined && words.trim() !== "", `${what} is empty`);
    check((words ?? "").length <= most, `${what} has ${words?.length} characters, more than ${most}`);
  };
  const button = (it: Element) => {
    text(it.text, limits.buttonText, "a button's text");
    check((it.value ?? "").length <= limits.buttonValue, "a button's value is too long");
    check(it.style === undefined || it.style === "primary" || it.style === "danger", "a button's style is unknown");
  };
  check(blocks.length > 0 && blocks.length <= limits[where], `${blocks.length} blocks in a ${where}`);
  for (const block of blocks) {
    check((block.block_id ?? "").length <= limits.blockId, "a block id is too long");
    switch (block.type) {
      case "header":
        text(block.text, limits.headerText, "a header");
        check(typeof block.text === "object" && block.text.type === "plain_text", "a header must be plain text");
        break;
      case "section":
        check(block.text !== undefined || (block.fields?.length ?? 0) > 0, "a section says nothing");
        if (block.text) text(block.text, limits.sectionText, "a section");
        check((block.fields?.length ?? 0) <= limits.sectionFields, "a section has too many fields");
        for (const field of block.fields ?? []) text(field, limits.fieldText, "a field");
        break;
      case "image":
        text(block.alt_text, limits.altText, "an image's alt text");
        // Steward shows only what it uploaded; an address would be Slack's to fetch.
        check(block.image_url === undefined, "an image has an address instead of a file");
        check(/^F[A-Z0-9]{8,}$/.test(block.slack_file?.id ?? ""), "an image names no file");
        break;
      case "actions":
        check(
          (block.elements?.length ?? 0) >= 1 && (block.elements?.length ?? 0) <= limits.actions,
          "actions: too many or none",
        );
        for (const element of block.elements ?? []) button(element);
        break;
      case "context":
        check((block.elements?.length ?? 0) <= limits.contextElements, "a context has too many elements");
        break;
      case "context_actions":
        check((block.elements?.length ?? 0) <= limits.contextActions, "context actions: too many");
        check(where === "message", "context actions belong in messages");
        break;
      case "rich_text":
        for (const part of block.elements ?? []) check((part.elements?.length ?? 0) > 0, "an empty part of rich text");
        break;
      case "input":
        check(where === "view", "inputs belong in views");
        text(block.label, limits.inputLabel, "an input's label");
        check(
          (block.element?.max_length ?? 1) >= 1 && (block.element?.max_length ?? 1) <= limits.inputLongest,
          "an input's longest",
        );
        break;
      default:
        problems.push(`no block is called ${block.type}`);
    }
  }
  const ids = blocks.flatMap(
    (block) => block.elements?.flatMap(({ action_id: id }) => (id === undefined ? [] : [id])) ?? [],
  );
  check(new Set(ids).size === ids.length, "two elements have the same action id");
  check(
    ids.every((id) => id !== "" && id.length <= limits.actionId),
    "an action id is empty or too long",
  );
  if (where === "message") check(JSON.stringify(blocks).length <= 4 * limits.messageCharacters, "msg_blocks_too_long");
  if (where === "message") check(characters(blocks) <= limits.messageCharacters, "msg_blocks_too_long");
  return problems;
}

/** The same for a modal or a home. */
export function viewProblemsOf(view: {
  readonly type: string;
  readonly title?: Text;
  readonly blocks: readonly Block[];
  readonly private_metadata?: string;
}): string[] {
  const problems = problemsOf(view.blocks, "view");
  if (view.type === "modal" && ((view.title?.text ?? "") === "" || (view.title?.text ?? "").length > limits.modalTitle))
    problems.push("a modal's title is empty or too long");
  if ((view.private_metadata ?? "").length > limits.privateMetadata) problems.push("private metadata is too long");
  if (Buffer.byteLength(JSON.stringify(view)) > limits.viewBytes) problems.push("view_too_large");
  return problems;
}

function characters(it: unknown): number {
  if (typeof it === "string") return it.length;
  if (it === null || typeof it !== "object") return 0;
  return Object.values(it).reduce((sum: number, each) => sum + characters(each), 0);
}
