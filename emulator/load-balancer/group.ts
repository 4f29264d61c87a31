// A target group in use: its targets, each in a place of HAProxy's, with its health checks.

import { forget, type Health, setHealth, type Target, targetsOf } from "../aws/elbv2-targets.ts";
import { type Slot, type SlotState, slotCount } from "./configuration.ts";
import type { LoadBalancer, TargetGroup } from "./description.ts";
import { HealthChecks } from "./health.ts";

const draining: Health = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
};

/** One registration. */
interface Member {
  target: Target;
  /** None while it drains. */
  checks?: HealthChecks;
  /** What HAProxy knows. */
  state: SlotState;
}

export class Group {
  #group: TargetGroup;
  #balancer: LoadBalancer;
  readonly #members: (Member | undefined)[] = Array.from({ length: slotCount }, () => undefined);

  constructor(group: TargetGroup, balancer: LoadBalancer) {
    this.#group = group;
    this.#balancer = balancer;
  }

  get name(): string {
    return this.#group.name;
  }

  get slots(): (Slot | undefined)[] {
    return this.#members.map(
      (member) => member && { address: member.target.ip, port: member.target.port, state: member.state },
    );
  }

  stop(): void {
    for (const member of this.#members) member?.checks?.stop();
  }

  /** Takes in what has changed; returns what HAProxy must be told, in this order. */
  follow(group: TargetGroup, balancer: LoadBalancer): { index: number; slot: Slot }[] {
    this.#group = group;
    this.#balancer = balancer;
    const registered = this.#registered();
    const gone = this.#members.flatMap((member, index) => {
      const now = registered.find(({ id }) => id === member?.target.id);
      return member && now?.registeredAt !== member.target.registeredAt ? [index] : [];
    });
    const changes = gone.map((index) => this.#remove(index));
    for (const target of registered) this.#take(target);
    return [...changes, ...this.#transitions()];
  }

  /** But for those that have drained, which nobody needs any more. */
  #registered(): Target[] {
    const delay = this.#group.deregistrationDelaySeconds * 1000;
    return targetsOf(this.#group.arn).filter((target) => {
      const hasDrained = target.deregisteredAt !== undefined && Date.now() > target.deregisteredAt + delay;
      if (hasDrained) forget(target);
      return !hasDrained;
    });
  }

  #remove(index: number): { index: number; slot: Slot } {
    const member = this.#members[index] as Member;
    member.checks?.stop();
    this.#members[index] = undefined;
    return { index, slot: { address: member.target.ip, port: member.target.port, state: "maint" } };
  }

  #take(target: Target): void {
    const index = this.#members.findIndex((member) => member?.target.id === target.id);
    const known = this.#members[index];
    if (known) {
      known.target = target;
      if (!target.deregisteredAt) return;
      known.checks?.stop();
      known.checks = undefined;
      return;
    }
    const free = this.#members.findIndex((member) => !member);
    if (free < 0) {
      console.error(`${this.name} has more than ${slotCount} targets: ${target.ip} gets no request`);
      return;
    }
    const checks = target.deregisteredAt ? undefined : new HealthChecks(() => this.#probe(target, free));
    this.#members[free] = { target, checks, state: "maint" };
  }

  #probe({ ip: address, port }: Target, index: number) {
    const { sources, listeners } = this.#balancer;
    const source = sources[index % sources.length] as string;
    const listener = listeners.find(
      ({ action }) => "group" in action && action.group.arn === this.#group.arn,
    );
    return { source, host: `${source}:${listener?.port}`, address, port, check: this.#group.healthCheck };
  }

  /** Those that get requests come first, so that there are always some. */
  #transitions(): { index: number; slot: Slot }[] {
    const members = this.#members.flatMap((member, index) => (member ? [{ member, index }] : []));
    for (const { member } of members) setHealth(member.target, member.checks?.health ?? draining);
    const active = members.filter(({ member }) => member.checks);
    const healthy = active.filter(({ member }) => member.checks?.health.state === "healthy");
    // It fails open: "routes requests to all those targets, regardless of their health status" (ELB user guide, 2026-11).
    const used = new Set(healthy.length > 0 ? healthy : active);
    const changed = members
      .map((place) => ({ ...place, state: (used.has(place) ? "ready" : "drain") as SlotState }))
      .filter(({ member, state }) => member.state !== state)
      // A place that was never used has nothing to drain.
      .filter(({ member, state }) => !(member.state === "maint" && state === "drain"))
      .sort((one, other) => Number(other.state === "ready") - Number(one.state === "ready"));
    return changed.map(({ member, index, state }) => {
      member.state = state;
      return { index, slot: { address: member.target.ip, port: member.target.port, state } };
    });
  }
}
