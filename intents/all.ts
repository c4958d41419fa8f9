import type { IntentSpec } from "../src/domain/intent.ts";
import { askForHelp } from "./ask-for-help.ts";
import { beginPlan } from "./begin-plan.ts";
import { cancelReminder } from "./cancel-reminder.ts";
import { discardMessage } from "./discard-message.ts";
import { draftMessage } from "./draft-message.ts";
import { dropPlan } from "./drop-plan.ts";
import { endQuietHours } from "./end-quiet-hours.ts";
import { findCauses } from "./find-causes.ts";
import { findTickets } from "./find-tickets.ts";
import { giveUp } from "./give-up.ts";
import { help } from "./help.ts";
import { listTables } from "./list-tables.ts";
import { makePlan } from "./make-plan.ts";
import { myAccess } from "./my-access.ts";
import { myQuietHours } from "./my-quiet-hours.ts";
import { myReminders } from "./my-reminders.ts";
import { onCall } from "./on-call.ts";
import { openRequests } from "./open-requests.ts";
import { overview } from "./overview.ts";
import { passRequestOn } from "./pass-request-on.ts";
import { queryDatabase } from "./query-database.ts";
import { queryMetrics } from "./query-metrics.ts";
import { quietHours } from "./quiet-hours.ts";
import { remindMe } from "./remind-me.ts";
import { repeats } from "./repeats.ts";
import { requestAccess } from "./request-access.ts";
import { restartService } from "./restart-service.ts";
import { revokeAccess } from "./revoke-access.ts";
import { rewordMessage } from "./reword-message.ts";
import { runCauses } from "./run-causes.ts";
import { runNext } from "./run-next.ts";
import { runStatus } from "./run-status.ts";
import { runStory } from "./run-story.ts";
import { sendMessage } from "./send-message.ts";
import { serviceDeploys } from "./service-deploys.ts";
import { serviceFigures } from "./service-figures.ts";
import { serviceLogs } from "./service-logs.ts";
import { serviceStatus } from "./service-status.ts";
import { solveRequest } from "./solve-request.ts";
import { takeRequest } from "./take-request.ts";
import { tellAudience } from "./tell-audience.ts";
import { tellChannel } from "./tell-channel.ts";
import { tryAgain } from "./try-again.ts";
import { waiting } from "./waiting.ts";
import { whoApproves } from "./who-approves.ts";
import { whoHasAccess } from "./who-has-access.ts";
import { withdrawRequest } from "./withdraw-request.ts";

/** Everything people can ask for, in the order help lists it. */
export const intents: readonly IntentSpec[] = [
  restartService,
  serviceStatus,
  serviceLogs,
  serviceFigures,
  serviceDeploys,
  findCauses,
  queryDatabase,
  listTables,
  queryMetrics,
  findTickets,
  overview,
  waiting,
  runStatus,
  runStory,
  runCauses,
  runNext,
  quietHours,
  endQuietHours,
  myQuietHours,
  repeats,
  requestAccess,
  revokeAccess,
  myAccess,
  whoHasAccess,
  whoApproves,
  tellChannel,
  tellAudience,
  draftMessage,
  remindMe,
  myReminders,
  cancelReminder,
  makePlan,
  askForHelp,
  openRequests,
  onCall,
  takeRequest,
  solveRequest,
  passRequestOn,
  withdrawRequest,
  beginPlan,
  dropPlan,
  tryAgain,
  giveUp,
  rewordMessage,
  sendMessage,
  discardMessage,
  help,
];
