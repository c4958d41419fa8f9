import type { Releases } from "../services/sources.ts";
import { type GithubAccess, githubClient } from "./client.ts";
import { deploymentsOf } from "./history.ts";

/** A repository's deployments as what is known of a service's releases. */
export function githubReleases(access: GithubAccess, repository: string): Releases {
  const github = githubClient(access);
  return {
    host: new URL(access.url).host,
    list: (environment, signal) => deploymentsOf(github, { repository, environment, limit: 10 }, signal),
  };
}
