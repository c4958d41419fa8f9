import { z } from "zod";
import type { Incoming } from "../../domain/incoming.ts";
import { type JsonObject, sha256 } from "../../domain/json.ts";
import { cleanJson, shorten as cut, oneLine as line } from "../../domain/text.ts";
import type { Hook, HookDelivery, Told } from "../../inbox/hook.ts";

const Repository = z.object({ full_name: z.string(), default_branch: z.string().default("main") });
const Issue = z.object({
  action: z.string(),
  repository: Repository,
  issue: z.object({
    number: z.number(),
    title: z.string(),
    body: z.string().nullish(),
    html_url: z.string(),
    state: z.string().default("open"),
    user: z.object({ login: z.string() }).nullish(),
    labels: z.array(z.object({ name: z.string() })).default([]),
  }),
  /** The one that was put on or taken off. */
  label: z.object({ name: z.string() }).optional(),
});
const WorkflowRun = z.object({
  action: z.string(),
  repository: Repository,
  workflow_run: z.object({
    name: z.string().nullish(),
    event: z.string().default("push"),
    head_branch: z.string().nullish(),
    head_repository: z.object({ full_name: z.string() }).nullish(),
    head_sha: z.string(),
    conclusion: z.string().nullish(),
    run_number: z.number(),
    run_attempt: z.number().default(1),
    workflow_id: z.number().nullish(),
    html_url: z.string(),
    head_commit: z
      .object({ message: z.string().default(""), author: z.object({ name: z.string().default("") }).nullish() })
      .nullish(),
  }),
});
const PullRequest = z.object({
  action: z.string(),
  repository: Repository,
  pull_request: z.object({
    number: z.number(),
    title: z.string(),
    html_url: z.string(),
    draft: z.boolean().nullish(),
    merged: z.boolean().nullish(),
    state: z.string(),
    user: z.object({ login: z.string() }).nullish(),
  }),
  review: z.object({ state: z.string(), user: z.object({ login: z.string() }).nullish() }).optional(),
});

const longestText = 2000;
const bugLabel = /^(?:(?:type|kind)\s*[:/]\s*)?(?:bug|defect)$/i;

/** GitHub's webhook, as https://docs.github.com/en/webhooks has it: signed over the raw body, each delivery with a name of its own. */
export function githubHook(secret: string | null): Hook {
  return {
    name: "github",
    label: "GitHub",
    events: ["issue", "build", "review"],
    missing:
      secret === null
        ? "Nothing is taken from GitHub yet: set GITHUB_WEBHOOK_SECRET to the secret of the webhook, and its content type to application/json."
        : null,
    async read(delivery): Promise<Told> {
      const signature = delivery.headers["x-hub-signature-256"] ?? "";
      if (signature === "" || !(await isSigned(delivery.body, signature, secret ?? "")))
        return {
          kind: "forged",
          because: signature === "" ? "unsigned" : "wrong-signature",
          sentence:
            signature === ""
              ? "The delivery is not signed (x-hub-signature-256): give the webhook the secret that is in GITHUB_WEBHOOK_SECRET."
              : "The signature does not fit the body: the secret of the webhook and GITHUB_WEBHOOK_SECRET must be the same.",
        };
      return read(delivery);
    },
  };
}

/** Anything that is no signature at all is one that does not fit. */
async function isSigned(body: string, signature: string, secret: string): Promise<boolean> {
  const { Webhooks } = await import("@octokit/webhooks");
  return new Webhooks({ secret }).verify(body, signature).catch(() => false);
}

function read({ tenant, headers, body }: HookDelivery): Told {
  const name = headers["x-github-event"] ?? "";
  if (!headers["x-github-delivery"] || name === "")
    return { kind: "malformed", sentence: "A delivery needs the headers x-github-event and x-github-delivery." };
  let json: unknown;
  try {
    json = cleanJson(JSON.parse(body));
  } catch {
    return { kind: "malformed", sentence: "The body is not JSON: set the webhook's content type to application/json." };
  }
  const action = z.object({ action: z.string() }).safeParse(json).data?.action;
  const what = line(action === undefined ? name : `${name}.${action}`);
  const told = toldBy(name, json);
  if (told === null) return { kind: "unsupported", what, because: reasonFor(name) };
  const incoming: Incoming = {
    tenant,
    source: "github",
    // Of all that is sent only the body is signed: told again under another name it is still the same.
    deliveryKey: sha256(body),
    kind: "event",
    personId: null,
    text: told.event,
    place: null,
    addressed: false,
    data: told.data,
  };
  return { kind: "event", incoming };
}

function reasonFor(name: string): string {
  if (name === "ping") return "GitHub only tries the webhook, and it works.";
  if (name === "issues" || name === "workflow_run" || name.startsWith("pull_request"))
    return "Nothing here begins with this action or shape of it.";
  return "Only issues, pull requests, reviews and completed workflow runs are heard.";
}

const pullActions = ["opened", "reopened", "ready_for_review", "converted_to_draft", "edited", "closed"];
const issueActions = ["opened", "edited", "closed", "reopened", "labeled", "unlabeled"];

function toldBy(name: string, json: unknown): { event: string; data: JsonObject } | null {
  if (name === "issues") {
    const { data } = Issue.safeParse(json);
    return data && issueActions.includes(data.action) ? { event: "issue", data: issueOf(data) } : null;
  }
  if (name === "pull_request" || name === "pull_request_review") {
    const { data } = PullRequest.safeParse(json);
    const heard = name === "pull_request" ? pullActions : ["submitted"];
    return data && heard.includes(data.action) ? { event: "review", data: reviewOf(data) } : null;
  }
  if (name !== "workflow_run") return null;
  const { data } = WorkflowRun.safeParse(json);
  return data?.action === "completed" ? { event: "build", data: buildOf(data) } : null;
}

/** `bug`: it is one. `reported`: it is one from now on, which may be long after it was opened. */
function issueOf({ action, repository, issue, label }: z.output<typeof Issue>): JsonObject {
  const labels = issue.labels.map(({ name }) => line(name)).slice(0, 20);
  const bug = labels.some((each) => bugLabel.test(each));
  const isReported = action === "labeled" ? bugLabel.test(label?.name ?? "") : ["opened", "reopened"].includes(action);
  return {
    group: `${repository.full_name}#${issue.number}`,
    action,
    repository: line(repository.full_name),
    number: issue.number,
    origin: `issue ${line(repository.full_name)}#${issue.number} by ${line(issue.user?.login ?? "somebody")} on GitHub`,
    title: line(issue.title),
    body: cut((issue.body ?? "").trim(), longestText),
    author: line(issue.user?.login ?? "somebody"),
    state: issue.state,
    labels,
    bug,
    reported: bug && isReported && issue.state === "open",
    url: line(issue.html_url),
  };
}

/** `wanted`: a review is, from now on. `over`: somebody other than the author has reviewed it, or nobody needs to. */
function reviewOf({ action, repository, pull_request: pull, review }: z.output<typeof PullRequest>): JsonObject {
  const author = line(pull.user?.login ?? "somebody");
  const by = line(review?.user?.login ?? "somebody");
  const isClosed = pull.state !== "open";
  const isReviewed = review !== undefined && by !== author;
  const isWanted = !isClosed && pull.draft !== true && ["opened", "reopened", "ready_for_review"].includes(action);
  const verdict = line(review?.state ?? "");
  return {
    group: `${repository.full_name}#${pull.number}`,
    action,
    repository: line(repository.full_name),
    number: pull.number,
    origin: `pull request ${line(repository.full_name)}#${pull.number} by ${author} on GitHub`,
    title: line(pull.title),
    author,
    url: line(pull.html_url),
    wanted: isWanted,
    over: isClosed || isReviewed,
    outcome: isReviewed
      ? `${by} ${verdicts[verdict] ?? "has reviewed it"}.`
      : isClosed
        ? pull.merged
          ? "It is merged."
          : "It is closed."
        : "It waits for a review.",
  };
}

const verdicts: Readonly<Record<string, string>> = {
  approved: "has approved it",
  changes_requested: "wants changes",
  commented: "has commented on it",
};

/**
 * `series` and `order`: which builds come after one another, whenever they end; one that is done again comes after its first
 * try. A workflow that is made anew counts from 1, and is another series.
 * A fork's pull request is built under the fork's name of its branch, which may well be "main": it says nothing about ours.
 */
function buildOf({ repository, workflow_run: run }: z.output<typeof WorkflowRun>): JsonObject {
  const branch = line(run.head_branch ?? "");
  const workflow = line(run.name ?? "a workflow");
  const isOurs =
    (run.head_repository?.full_name ?? repository.full_name) === repository.full_name &&
    !run.event.startsWith("pull_request");
  const group = `${repository.full_name}/${workflow}@${branch}${isOurs ? "" : ` for ${line(run.event)}`}`;
  return {
    group,
    series: `${group} ${run.workflow_id ?? ""}`.trimEnd(),
    order: run.run_number * 1000 + Math.min(run.run_attempt, 999),
    repository: line(repository.full_name),
    workflow,
    origin: `build ${run.run_number} of ${line(repository.full_name)} on GitHub`,
    branch,
    default: isOurs && branch === repository.default_branch,
    conclusion: run.conclusion ?? "unknown",
    sha: run.head_sha.slice(0, 64),
    number: run.run_number,
    attempt: run.run_attempt,
    message: line(run.head_commit?.message.split("\n")[0] ?? ""),
    author: line(run.head_commit?.author?.name ?? "somebody"),
    url: line(run.html_url),
  };
}
