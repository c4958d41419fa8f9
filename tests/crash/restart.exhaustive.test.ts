import { atEveryCommit } from "./support/every-commit.ts";
import { restartJourney } from "./support/restart-journey.ts";

await atEveryCommit("a restart", restartJourney);
