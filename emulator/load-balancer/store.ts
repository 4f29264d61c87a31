// A load balancer as the emulated AWS has it, for its proxy.
import { certificates } from "../aws/acm.ts";
import { listeners, type Listener as StoredListener } from "../aws/elbv2-listeners.ts";
import { loadBalancers } from "../aws/elbv2-load-balancers.ts";
import { targetGroups } from "../aws/elbv2-target-groups.ts";
import { loadBalancerAddress } from "../engines/load-balancer.ts";
import type { Action, Listener, LoadBalancer, TargetGroup } from "./description.ts";

function groupOf(arn: string): TargetGroup {
  const { name, deregistrationDelay, healthCheck } = targetGroups.expect(arn);
  const { interval, timeout, path, port, healthyThreshold, unhealthyThreshold, matcher } = healthCheck;
  return {
    arn,
    name,
    deregistrationDelaySeconds: deregistrationDelay,
    healthCheck: {
      ...{ path, port, healthyThreshold, unhealthyThreshold, matcher },
      intervalSeconds: interval,
      timeoutSeconds: timeout,
    },
  };
}

function actionOf({ defaultActions: [action] }: StoredListener): Action {
  if (action?.targetGroupArn) return { group: groupOf(action.targetGroupArn) };
  if (action?.redirect) return { redirect: action.redirect };
  const { contentType = "text/plain", messageBody = "", statusCode = "200" } = action?.fixedResponse ?? {};
  return { answer: { contentType, body: messageBody, status: statusCode } };
}

const listenerOf = (stored: StoredListener): Listener => ({
  port: stored.port,
  action: actionOf(stored),
  tls: stored.certificateArn
    ? {
        certificate: stored.certificateArn.split("/").at(-1) ?? "",
        names: certificates.expect(stored.certificateArn).subjectAlternativeNames,
        oldest: stored.sslPolicy?.includes("TLS13-1-3") ? "TLSv1.3" : "TLSv1.2",
      }
    : undefined,
});

/** Nothing is in use that no listener forwards to. */
export const isInUse = (targetGroupArn: string): boolean =>
  listeners.list().some(({ defaultActions: [action] }) => action?.targetGroupArn === targetGroupArn);

export function describe(name: string, sources: string[]): LoadBalancer {
  const stored = loadBalancers.find((candidate) => candidate.name === name);
  if (!stored) throw new Error(`the load balancer ${name} does not exist`);
  const own = listeners.list().filter(({ loadBalancerArn }) => loadBalancerArn === stored.id);
  const described = own.map(listenerOf).sort((one, other) => one.port - other.port);
  const groups = described.flatMap(({ action }) => ("group" in action ? [action.group] : []));
  return {
    address: loadBalancerAddress(name),
    sources,
    idleTimeoutSeconds: stored.idleTimeout,
    dropInvalidHeaderFields: stored.dropInvalidHeaderFields,
    xffHeaderProcessingMode: stored.xffHeaderProcessingMode as LoadBalancer["xffHeaderProcessingMode"],
    http2: stored.enableHttp2,
    listeners: described,
    groups: [...new Map(groups.map((group) => [group.arn, group])).values()],
  };
}
