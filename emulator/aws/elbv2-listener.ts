// lb.Listener.
import { certificates } from "./acm.ts";
import { type ListenerInputs, listenerProperties, listeners, securityPolicies } from "./elbv2-listeners.ts";
import { loadBalancers } from "./elbv2-load-balancers.ts";
import { elbArn, invalid, newSuffix } from "./elbv2-names.ts";
import { targetGroups } from "./elbv2-target-groups.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";

const isSecure = ({ protocol }: ListenerInputs): boolean => protocol === "HTTPS";

function check(inputs: ListenerInputs): void {
  const { certificateArn, sslPolicy, defaultActions } = inputs;
  if (isSecure(inputs) && certificateArn === undefined)
    throw new AwsError(invalid, "A certificate must be specified for HTTPS listeners");
  if (!isSecure(inputs) && (certificateArn !== undefined || sslPolicy !== undefined))
    throw new AwsError(invalid, "Only HTTPS listeners have a certificate and a security policy");
  const wanted = { forward: "targetGroupArn", redirect: "redirect", "fixed-response": "fixedResponse" };
  for (const action of defaultActions) {
    const needed = wanted[action.type as keyof typeof wanted];
    if (!(needed in action)) throw new AwsError(invalid, `An action of type ${action.type} needs ${needed}`);
    const { redirect } = action;
    if (redirect && ["protocol", "host", "port", "path", "query"].every((part) => isKept(redirect, part)))
      throw new AwsError("InvalidLoadBalancerAction", "The redirect would come back to the same address");
  }
}

const isKept = (redirect: Record<string, unknown>, part: string): boolean =>
  String(redirect[part]).replace(/^\/(?=#)/, "") === `#{${part}}`;

function refuse(inputs: ListenerInputs, ownId?: string): void {
  const { loadBalancerArn, port, certificateArn, sslPolicy, defaultActions } = inputs;
  const balancer = loadBalancers.expect(loadBalancerArn);
  const twin = listeners.find(
    (other) => other.id !== ownId && other.loadBalancerArn === loadBalancerArn && other.port === port,
  );
  if (twin) {
    const message = `A listener already exists on this port for this load balancer '${loadBalancerArn}'`;
    throw new AwsError("DuplicateListener", message);
  }
  if (certificateArn !== undefined) refuseCertificate(certificateArn);
  if (sslPolicy !== undefined && !securityPolicies.includes(sslPolicy)) {
    const message = `SSL policy '${sslPolicy}' not found; the emulator knows ${securityPolicies.join(", ")}`;
    throw new AwsError("SSLPolicyNotFound", message);
  }
  for (const { targetGroupArn } of defaultActions)
    if (targetGroupArn !== undefined) refuseTargetGroup(targetGroupArn, balancer);
}

/** Of another region or account, it isn't found; in AWS' words as in terraform-provider-aws#5317. */
function refuseCertificate(certificateArn: string): void {
  const certificate = certificates.get(certificateArn);
  if (!certificate) throw new AwsError("CertificateNotFound", `Certificate '${certificateArn}' not found`);
  if (certificate.status === "ISSUED") return;
  throw new AwsError(
    "UnsupportedCertificate",
    `The certificate '${certificateArn}' must have a fully-qualified domain name, a supported signature, and a supported key size: it is ${certificate.status}`,
  );
}

function refuseTargetGroup(targetGroupArn: string, balancer: { id: string; vpcId: string }): void {
  const { vpcId } = targetGroups.expect(targetGroupArn);
  if (vpcId !== balancer.vpcId) {
    const message = `Target group '${targetGroupArn}' is in ${vpcId}, the load balancer in ${balancer.vpcId}`;
    throw new AwsError("InvalidConfigurationRequest", message);
  }
  const others = listeners
    .list()
    .filter(({ defaultActions }) =>
      defaultActions.some((action) => action.targetGroupArn === targetGroupArn),
    );
  if (others.some(({ loadBalancerArn }) => loadBalancerArn !== balancer.id)) {
    const message = `The following target groups cannot be associated with more than one load balancer: ${targetGroupArn}`;
    throw new AwsError("TargetGroupAssociationLimit", message);
  }
}

export const listener = resourceType({
  token: "aws:lb/listener:Listener",
  invalid,
  table: listeners,
  properties: listenerProperties,
  check,
  create(inputs) {
    refuse(inputs);
    const suffix = loadBalancers.expect(inputs.loadBalancerArn).arnSuffix;
    const id = elbArn(`listener/${suffix}/${newSuffix()}`);
    return { id, arn: id, sslPolicy: sslPolicyOf(inputs) };
  },
  update({ id }, inputs) {
    refuse(inputs, id);
    return { sslPolicy: sslPolicyOf(inputs) };
  },
});

const sslPolicyOf = (inputs: ListenerInputs): string | undefined =>
  isSecure(inputs) ? (inputs.sslPolicy ?? "ELBSecurityPolicy-2016-08") : undefined;
