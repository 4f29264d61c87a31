// Says why a pod isn't well, if its description is to blame.
import type { Problem } from "../settings/problem.ts";
import { type Command, ending, probing, type Rule, starting } from "./cause-rules.ts";
import type { Description } from "./description.ts";

/** What a cluster knows of a pod's container. */
export interface PodReport {
  /** Why it waits, and how it ended, now and before. */
  states: readonly string[];
  /** Whether it ended at least once. */
  hasEnded: boolean;
  /** Warnings of the kubelet, and for how long it has repeated them. */
  events: readonly { message: string; seconds: number }[];
  /** The beginning of what it wrote. */
  log: string;
}

const REFUSED = /probe failed: .*connect: connection refused/;
const ANSWERED = /probe failed: HTTP probe failed/;
/** Nobody is there yet while a service starts. */
const PATIENCE_SECONDS = 20;

/** The address in what uvicorn, gunicorn and hypercorn say once they listen. */
const LISTENING = /(?:running on|Listening at:?) https?:\/\/([\w.[\]:]+):(\d+)/i;

/** What to change in the description. Empty if the description isn't to blame. */
export function causes(service: Description, command: Command, pods: readonly PodReport[]): Problem[] {
  const states = pods.flatMap((pod) => pod.states).join("\n");
  const logs = (seen: readonly PodReport[]) => seen.map(({ log }) => log).join("\n");
  const events = pods.flatMap((pod) => pod.events);
  const apply = (rules: readonly Rule[], text: string) =>
    rules.flatMap(({ pattern, cause }) => {
      const match = pattern.exec(text);
      return (match && cause(match.slice(1), service, command)) ?? [];
    });
  const isClosed =
    events.some(({ message, seconds }) => REFUSED.test(message) && seconds >= PATIENCE_SECONDS) &&
    !events.some(({ message }) => ANSWERED.test(message));
  const found = [
    apply(starting, states),
    // A container that runs on may log the same words about something that it doesn't need.
    apply(ending, `${states}\n${logs(pods.filter(({ hasEnded }) => hasEnded))}`),
    apply(probing, events.map(({ message }) => message).join("\n")),
    isClosed ? nothingListens(service, logs(pods)) : [],
  ];
  return found.find((problems) => problems.length > 0) ?? [];
}

/** Nobody answers at the port. The service's own log may say where it listens. */
function nothingListens({ http, serve }: Description, logs: string): Problem[] {
  if (!http) return [];
  const allowed = "the port that the service listens at, at every address of its pod";
  const [, host = "", port] = LISTENING.exec(logs) ?? [];
  if (!port) {
    const fix = "the port in the command or in the Dockerfile's EXPOSE; the service's log says nothing of it";
    return [{ key: "http.port", got: `${http.port}, where nothing listens`, allowed, fix }];
  }
  if (Number(port) !== http.port) {
    const got = `${http.port}, while the service listens at ${port}`;
    return [{ key: "http.port", got, allowed, fix: `port: ${port}` }];
  }
  // It listens, but so late that no probe has waited for it.
  if (!/^(127\.|localhost)/.test(host)) return [];
  const got = `${JSON.stringify(serve)}, which listens at ${host}, where only its own container reaches it`;
  return [{ key: "serve", got, allowed, fix: "let it listen at 0.0.0.0, for uvicorn by --host 0.0.0.0" }];
}
