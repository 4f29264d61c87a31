// lb.TargetGroup. Its targets are registered by the cluster, not by Pulumi.
import { isUnknown } from "../provider/values.ts";
import { nameFrom } from "./account.ts";
import { elbArn, invalid, newSuffix } from "./elbv2-names.ts";
import { targetGroupProperties, targetGroups } from "./elbv2-target-groups.ts";
import { forget, targetsOf } from "./elbv2-targets.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { refuseWhileUsed } from "./store.ts";
import { vpcs } from "./vpc.ts";

export const targetGroup = resourceType({
  token: "aws:lb/targetGroup:TargetGroup",
  invalid,
  table: targetGroups,
  properties: targetGroupProperties,
  check({ healthCheck: { interval, timeout }, slowStart, loadBalancingAlgorithmType: algorithm }) {
    if ([interval, timeout, slowStart].some(isUnknown)) return;
    if (timeout >= interval) {
      const message = `Health check interval must be greater than the timeout; got ${interval} and ${timeout}`;
      throw new AwsError(invalid, message);
    }
    if (slowStart > 0 && algorithm === "least_outstanding_requests")
      throw new AwsError("InvalidConfigurationRequest", "Slow start works with round_robin alone");
  },
  create({ vpcId, name: given, namePrefix, protocolVersion, loadBalancingAlgorithmType }) {
    vpcs.expect(vpcId);
    const name = namePrefix ? nameFrom(namePrefix).slice(0, 32) : given;
    if (targetGroups.find((other) => other.name === name)) {
      const message = `A target group with the same name '${name}' exists, but with different settings`;
      throw new AwsError("DuplicateTargetGroupName", message);
    }
    const arnSuffix = `targetgroup/${name}/${newSuffix()}`;
    const id = elbArn(arnSuffix);
    return {
      id,
      name,
      arn: id,
      arnSuffix,
      protocolVersion: protocolVersion ?? "HTTP1",
      loadBalancingAlgorithmType: loadBalancingAlgorithmType ?? "round_robin",
    };
  },
  delete: ({ id }) => refuseWhileUsed(id, ["elbv2/listener"], "target group", "ResourceInUse"),
  async stop({ id }) {
    for (const target of targetsOf(id)) forget(target);
  },
});
