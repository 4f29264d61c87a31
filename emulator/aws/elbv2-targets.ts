// The targets of target groups, and how each of them is. Who binds pods registers them; the load balancer writes their
// health, and forgets those that have drained.
import { type Identified, table } from "./store.ts";

/** ELB's states, reasons and descriptions: API reference, TargetHealth (2026-11). */
export interface Health {
  state: "initial" | "healthy" | "unhealthy" | "draining" | "unused";
  reason?: string;
  description?: string;
}

export interface Target extends Identified {
  targetGroupArn: string;
  ip: string;
  port: number;
  /** Milliseconds, as what follows. It is another registration when it differs. */
  registeredAt: number;
  deregisteredAt?: number;
}

interface TargetHealth extends Identified, Health {
  registeredAt: number;
}

const missing = { code: "InvalidTarget", noun: "target" };
const targets = table<Target>("elbv2/target", missing);
const healths = table<TargetHealth>("elbv2/targetHealth", missing);

const idOf = (targetGroupArn: string, ip: string, port: number): string => `${targetGroupArn} ${ip}:${port}`;

export const targetsOf = (targetGroupArn: string): Target[] =>
  targets.list().filter((target) => target.targetGroupArn === targetGroupArn);

/** Nothing happens when it is registered already; one that drains is taken back. */
export function register(targetGroupArn: string, ip: string, port: number): void {
  const id = idOf(targetGroupArn, ip, port);
  const known = targets.get(id);
  if (!known || known.deregisteredAt) targets.put({ id, targetGroupArn, ip, port, registeredAt: Date.now() });
}

export function deregister(target: Target): void {
  if (!target.deregisteredAt) targets.put({ ...target, deregisteredAt: Date.now() });
}

export function forget(target: Target): void {
  targets.remove(target.id);
  healths.remove(target.id);
}

export function setHealth({ id, registeredAt }: Target, health: Health): void {
  const known = healths.get(id);
  if (known?.registeredAt === registeredAt && known.state === health.state && known.reason === health.reason)
    return;
  healths.put({ id, registeredAt, ...health });
}

export const inProgress: Health = {
  state: "initial",
  reason: "Elb.RegistrationInProgress",
  description: "Target registration is in progress",
};

export const notInUse: Health = {
  state: "unused",
  reason: "Target.NotInUse",
  description: "Target group is not configured to receive traffic from the load balancer",
};

/** What the load balancer has found out about this registration. */
export function healthOf({ id, registeredAt }: Target): Health {
  const known = healths.get(id);
  return known?.registeredAt === registeredAt ? known : inProgress;
}
