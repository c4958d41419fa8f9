import type { IntentSpec } from "../src/domain/intent.ts";
import { help } from "./help.ts";
import { requestAccess } from "./request-access.ts";
import { restartService } from "./restart-service.ts";
import { revokeAccess } from "./revoke-access.ts";
import { serviceStatus } from "./service-status.ts";

/** Everything people can ask for, in the order help lists it. */
export const intents: readonly IntentSpec[] = [restartService, serviceStatus, requestAccess, revokeAccess, help];
