import type { Problem } from "./parse.ts";

/** How long the load balancer keeps an idle connection: an ALB's default. */
export const LOAD_BALANCER_IDLE_SECONDS = 60;

/** Between the last request's end and SIGKILL: the lifespan's shutdown. */
const MARGIN_SECONDS = 5;

export interface Grace {
  preStopSeconds: number;
  gracefulTimeoutSeconds: number;
  terminationGracePeriodSeconds: number;
  requestTimeoutSeconds: number;
  keepAliveSeconds: number;
}

/** The chain that lets a pod go without a failed request: each link must outlast the one before. */
export function graceProblems(app: Grace): Problem[] {
  // Kubernetes starts the grace period with the preStop hook, not after it.
  const shutdown = app.preStopSeconds + app.gracefulTimeoutSeconds + MARGIN_SECONDS;
  return [
    atLeast(
      ["appTerminationGracePeriodSeconds", app.terminationGracePeriodSeconds],
      shutdown,
      `appPreStopSeconds ${app.preStopSeconds} + appGracefulTimeoutSeconds ${app.gracefulTimeoutSeconds} + ${MARGIN_SECONDS}`,
    ),
    atLeast(
      ["appGracefulTimeoutSeconds", app.gracefulTimeoutSeconds],
      app.requestTimeoutSeconds,
      "appRequestTimeoutSeconds, or a shutdown cuts off requests",
    ),
    atLeast(
      ["appKeepAliveSeconds", app.keepAliveSeconds],
      LOAD_BALANCER_IDLE_SECONDS + 1,
      `more than the load balancer's idle timeout of ${LOAD_BALANCER_IDLE_SECONDS}, or reused connections break`,
    ),
    atMost(
      ["appRequestTimeoutSeconds", app.requestTimeoutSeconds],
      LOAD_BALANCER_IDLE_SECONDS - 1,
      `less than the load balancer's idle timeout of ${LOAD_BALANCER_IDLE_SECONDS}, or it answers 504 first`,
    ),
  ].flat();
}

type Named = readonly [key: string, value: number];

export function atLeast([key, value]: Named, least: number, why: string): Problem[] {
  return value >= least ? [] : [outside([key, value], `${least} or more (${why})`, least)];
}

export function atMost([key, value]: Named, most: number, why: string): Problem[] {
  return value <= most ? [] : [outside([key, value], `${most} or less (${why})`, most)];
}

function outside([key, value]: Named, allowed: string, nearest: number): Problem {
  return { key, got: String(value), allowed, fix: `pulumi config set ${key} ${nearest}` };
}
