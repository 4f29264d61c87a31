// What may happen to a stack under load, and what is asked of the stack then.

import type { Target } from "./load.ts";

export interface Goals {
  /** Most requests that may fail. Without it as many as the cause makes fail. */
  failed?: number;
  /** From the cause's end to the last request that failed, counted from when that was due. */
  recoveredSeconds?: number;
  /** The slowest answer, good or bad. */
  slowestSeconds?: number;
  slowestReadSeconds?: number;
  /** Fewest requests that the figures are made from. */
  requests?: number;
}

export interface Outcome {
  /** When the cause was over, in milliseconds since 1970; without it at the event's end. */
  over?: number;
  /** What else was measured. */
  note?: string;
  /** Goals of the event's own that it missed. */
  missed?: string[];
  /** What somebody had to do beyond what they would do without the fault. */
  manualSteps?: number;
}

export interface Conditions {
  target: Target;
  /** Requests a second. */
  rate: number;
}

export interface Event {
  name: string;
  /** Not among those that are measured when none is named. */
  isLong?: boolean;
  /** Requests a second, instead of the benchmark's. */
  rate?: number;
  /** No lost or duplicate writes, no restarts and no manual steps are goals of each. */
  goals: Goals;
  /** Before the load begins. */
  prepare?(): Promise<void>;
  happen(conditions: Conditions): Promise<Outcome | undefined>;
}
