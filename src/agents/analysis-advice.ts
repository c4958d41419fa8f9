import type { JsonObject } from "../domain/json.ts";
import { objectOf, textOf } from "./reading.ts";

/** What a name or a version in a request of ours may be: anything else would say something of its own. */
const plain = /^[\p{L}\p{N}][\p{L}\p{N}._+-]{0,99}$/u;

/** What could help, as the sentence that asks for it: "roll back checkout in production to 1.4.1"; null where nothing does. */
export function adviceOf(report: JsonObject): string | null {
  const target = objectOf(report["target"]);
  const said = (name: string) => {
    const value = textOf(target[name]);
    return plain.test(value) ? value : null;
  };
  const [service, environment] = [said("service"), said("environment")];
  if (service === null || environment === null) return null;
  const where = `${service} in ${environment}`;
  switch (textOf(report["action"])) {
    case "restart":
      return `restart ${where}`;
    case "rollback": {
      const version = said("toVersion");
      return `roll back ${where}${version === null ? "" : ` to ${version}`}`;
    }
    case "scale": {
      const instances = said("instances");
      return instances === null ? null : `scale ${where} to ${instances}`;
    }
    default:
      return null;
  }
}
