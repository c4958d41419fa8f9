import { type ModelReply, type ModelRequest, startModelServer } from "../support/model-server.ts";

/** One call the model makes: the name under which the tool is offered, and arguments; `json` is sent as it is instead. */
export interface Wish {
  readonly name: string;
  readonly input?: unknown;
  readonly id?: string;
  readonly json?: string;
}

/** One answer of the model. `tokens`: how long it is; `cut`: it hits the longest answer. */
export interface Said {
  readonly text?: string;
  readonly calls?: readonly Wish[];
  readonly cut?: true;
  readonly tokens?: number;
  /** Sent only then. */
  readonly after?: Promise<unknown>;
}

/** Where a task stands when its model is asked. `turn` counts from 1, `read` from 1 since it has read the text; 0: not yet. */
export interface Moment {
  readonly role: string;
  readonly turn: number;
  readonly read: number;
  readonly request: ModelRequest;
}

/** What a model does in one case. `sign` stands in the hostile text: once it has been read the model is another's. */
export interface Part {
  readonly sign: string;
  says(moment: Moment): Said;
}

/** A model on this machine that plays a part for each case, told apart by the case's name in the task's input. */
export async function startModel() {
  const parts = new Map<string, { readonly part: Part; readonly requests: ModelRequest[]; usd: number }>();
  const server = await startModelServer((request): ModelReply => {
    const first = JSON.stringify(request.body.messages[0]);
    const played = parts.get(/case\d{4}/.exec(first)?.[0] ?? "");
    if (!played) return { status: 400, message: "Nobody plays this." };
    played.requests.push(request);
    const said = played.part.says(momentOf(request, played.part.sign));
    const input = Math.ceil(JSON.stringify(request.body).length / 4);
    const length = Math.ceil(JSON.stringify(said).length / 4);
    const output = Math.min(request.body.max_tokens, said.tokens ?? length);
    // The dollars per million tokens of the model that steward.yaml asks first.
    played.usd += (input * 3 + output * 15) / 1e6;
    const calls = (said.calls ?? []).map((wish, i) => ({
      type: "tool_use" as const,
      input: {},
      id: `toolu_${request.n}_${i}`,
      ...wish,
    }));
    return {
      content: [...(said.text === undefined ? [] : [{ type: "text" as const, text: said.text }]), ...calls],
      usage: { input_tokens: input, output_tokens: output },
      ...(said.cut && { stopReason: "max_tokens" }),
      ...(said.after && { after: said.after }),
    };
  });
  return {
    settings: { apiKey: "key-for-tests", baseUrl: server.url, model: null },
    /** From now on this part is played for tasks with this name in their input. */
    plays(name: string, part: Part) {
      const played = { part, requests: [] as ModelRequest[], usd: 0 };
      parts.set(name, played);
      return played;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function momentOf(request: ModelRequest, sign: string): Moment {
  const messages = request.body.messages as { role: string; content: unknown }[];
  const at = messages.findIndex(({ role, content }) => role === "user" && JSON.stringify(content).includes(sign));
  const answers = (from: number) => messages.slice(from).filter(({ role }) => role === "assistant").length;
  const role = /role-([a-z]+)/.exec(JSON.stringify(messages[0]))?.[1] ?? "only";
  return { role, turn: answers(0) + 1, read: at < 0 ? 0 : answers(at) + 1, request };
}
