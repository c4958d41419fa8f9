import { excerpt } from "../answer.ts";
import { type GithubAccess, githubClient, placeOf, Repository } from "./client.ts";

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly author: string;
  readonly url: string;
}

/** What was committed after `base` up to `head`, newest first, at most 10. Throws a Fault where GitHub does not say. */
export async function commitsBetween(
  access: GithubAccess,
  { repository, base, head }: { readonly repository: string; readonly base: string; readonly head: string },
  signal: AbortSignal,
): Promise<Commit[]> {
  const { data } = await githubClient(access)("GET /repos/{owner}/{repo}/compare/{basehead}", {
    ...placeOf(Repository.parse(repository)),
    basehead: `${base}...${head}`,
    request: { signal },
  });
  return data.commits
    .slice(-10)
    .reverse()
    .map(({ sha, commit, author, html_url }) => ({
      sha: sha.slice(0, 12),
      message: excerpt(commit.message.split("\n")[0], 200),
      author: author?.login ?? commit.author?.name ?? "nobody",
      url: html_url,
    }));
}
