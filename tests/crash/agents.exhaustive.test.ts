import { agentJourney } from "./support/agent-journey.ts";
import { atEveryCommit } from "./support/every-commit.ts";

await atEveryCommit("a task", agentJourney);
