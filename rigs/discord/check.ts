/** A component as it arrives; ids are given to those that have none. */
export interface Part {
  type: number;
  id?: number;
  content?: string;
  components?: Part[];
  component?: Part;
  style?: number;
  label?: string;
  custom_id?: string;
  url?: string;
  items?: { readonly media: { url: string }; readonly description?: string }[];
}

/** A file as a message keeps it. */
export interface Attachment {
  readonly id: string;
  readonly filename: string;
  readonly description: string;
  readonly bytes: Buffer;
}

/** An answer of Discord's to what it refuses: the HTTP status, its own code, and a message. */
export class Refusal extends Error {
  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.errors = errors;
    this.status = status;
    this.code = code;
  }
  readonly status: number;
  readonly code: number;
  readonly errors: object | undefined;
}

export function all(parts: readonly Part[]): Part[] {
  return parts.flatMap((part) => [
    part,
    ...all(part.components ?? []),
    ...(part.component === undefined ? [] : all([part.component])),
  ]);
}

/** Refuses a message body as Discord does: "Invalid Form Body" and where. `uploaded`: the names of what came with it. */
export function checkMessage(body: Record<string, unknown>, uploaded: readonly string[] = []): Part[] {
  const wrong = (where: string, code: string, message: string): never => {
    throw new Refusal(400, 50035, "Invalid Form Body", { [where]: { _errors: [{ code, message }] } });
  };
  const flags = Number(body["flags"] ?? 0);
  if ((flags & 32768) === 0) wrong("flags", "RIG", "This local Discord only takes messages of components");
  if (body["content"] !== undefined || body["embeds"] !== undefined)
    wrong("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Cannot be used with IS_COMPONENTS_V2");
  if (JSON.stringify(body["allowed_mentions"]) !== '{"parse":[]}')
    wrong("allowed_mentions", "RIG", "This local Discord only takes messages that ping nobody");
  const nonce = body["nonce"];
  if (typeof nonce === "string" && nonce.length > 25) wrong("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer");
  const parts = structuredClone(body["components"] ?? []) as Part[];
  const every = all(parts);
  if (parts.length === 0) wrong("components", "BASE_TYPE_REQUIRED", "This field is required");
  if (every.length > 40) wrong("components", "COMPONENT_LAYOUT_TOO_MANY", "More than 40 components");
  const text = every.reduce((sum, { content = "" }) => sum + content.length, 0);
  if (text > 4000) wrong("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "More than 4000 characters");
  const ids = new Set<number>();
  const custom = new Set<string>();
  for (const part of every) {
    if (part.id !== undefined) {
      if (!Number.isInteger(part.id) || part.id < 1 || part.id > 2 ** 31 - 1 || ids.has(part.id))
        wrong("id", "COMPONENT_ID", "Must be unique and an int32");
      ids.add(part.id);
    }
    if (part.type === 10 && (part.content ?? "").trim() === "") wrong("content", "BASE_TYPE_REQUIRED", "Required");
    if (part.type === 12 && !(part.items && part.items.length >= 1 && part.items.length <= 10))
      wrong("items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length");
    for (const { media, description = "" } of part.items ?? []) {
      const [, name] = /^attachment:\/\/([\w.-]+)$/.exec(media.url) ?? [];
      // Discord would also fetch an address; Steward shows only what it uploads.
      if (name === undefined) wrong("url", "RIG", "This local Discord only shows attachments");
      else if (!uploaded.includes(name))
        wrong("url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", `There is no attachment ${name}`);
      if (description.length < 1 || description.length > 1024)
        wrong("description", "BASE_TYPE_BAD_LENGTH", "1 to 1024");
    }
    if (part.type === 1 && !(part.components && part.components.length >= 1 && part.components.length <= 5))
      wrong("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length");
    if (part.type !== 2) continue;
    if ((part.label ?? "").length < 1 || (part.label ?? "").length > 80)
      wrong("label", "BASE_TYPE_BAD_LENGTH", "1 to 80");
    if (part.style === 5) {
      if (!/^https?:\/\/[^\s]{1,500}$/.test(part.url ?? ""))
        wrong("url", "URL_TYPE_INVALID_URL", "Not a well formed URL");
      continue;
    }
    const name = part.custom_id ?? "";
    if (name.length < 1 || name.length > 100) wrong("custom_id", "BASE_TYPE_BAD_LENGTH", "1 to 100");
    if (custom.has(name))
      wrong("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
    custom.add(name);
  }
  let next = 1;
  for (const part of every) {
    if (part.id !== undefined) continue;
    while (ids.has(next)) next++;
    ids.add(next);
    part.id = next;
  }
  return parts;
}

/** Refuses a modal that Discord would not show. */
export function checkModal(data: { custom_id?: string; title?: string; components?: Part[] }): void {
  const labels = data.components ?? [];
  const fits =
    (data.custom_id ?? "").length >= 1 &&
    (data.custom_id ?? "").length <= 100 &&
    (data.title ?? "").length >= 1 &&
    (data.title ?? "").length <= 45 &&
    labels.length >= 1 &&
    labels.length <= 5 &&
    labels.every(({ type, label = "", component }) => type === 18 && label.length <= 45 && component?.type === 4);
  if (!fits)
    throw new Refusal(400, 50035, "Invalid Form Body", { data: { _errors: [{ code: "MODAL", message: "Bad" }] } });
}
