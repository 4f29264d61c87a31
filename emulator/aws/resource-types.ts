// Every resource type that the emulator knows.
import { certificate, certificateValidation } from "./acm.ts";
import { logGroup } from "./cloudwatch.ts";
import { metricAlarm } from "./cloudwatch-alarm.ts";
import { repository, repositoryPolicy } from "./ecr.ts";
import { lifecyclePolicy } from "./ecr-lifecycle.ts";
import { accessEntry, accessPolicyAssociation, podIdentityAssociation } from "./eks-access.ts";
import { addon } from "./eks-addon.ts";
import { cluster } from "./eks-cluster.ts";
import { listener } from "./elbv2-listener.ts";
import { loadBalancer } from "./elbv2-load-balancer.ts";
import { targetGroup } from "./elbv2-target-group.ts";
import { eip, internetGateway, natGateway } from "./gateways.ts";
import { role, rolePolicy, rolePolicyAttachment } from "./iam.ts";
import { openIdConnectProvider } from "./iam-oidc.ts";
import { policy } from "./iam-policy.ts";
import { alias, key } from "./kms.ts";
import { parameterGroup, subnetGroup } from "./rds-groups.ts";
import { instance } from "./rds-instance.ts";
import type { AnyResourceType } from "./resource.ts";
import { record } from "./route53.ts";
import { route, routeTable, routeTableAssociation } from "./routes.ts";
import { bucket, bucketEncryption, bucketPolicy, bucketPublicAccessBlock, bucketVersioning } from "./s3.ts";
import { bucketLifecycle } from "./s3-lifecycle.ts";
import { secret, secretVersion } from "./secretsmanager.ts";
import { defaultSecurityGroup, egressRule, ingressRule, securityGroup } from "./security-groups.ts";
import { topic, topicPolicy } from "./sns.ts";
import { subnet, vpc } from "./vpc.ts";
import { vpcEndpoint } from "./vpc-endpoint.ts";
import { webAclAssociation } from "./wafv2.ts";

export const resourceTypes: AnyResourceType[] = [
  ...[vpc, subnet, internetGateway, eip, natGateway, vpcEndpoint, routeTable, route, routeTableAssociation],
  ...[securityGroup, defaultSecurityGroup, ingressRule, egressRule],
  ...[role, policy, rolePolicy, rolePolicyAttachment, key, alias, logGroup, secret, secretVersion],
  ...[topic, topicPolicy, metricAlarm],
  ...[repository, lifecyclePolicy, repositoryPolicy, openIdConnectProvider],
  ...[bucket, bucketVersioning, bucketEncryption, bucketPublicAccessBlock, bucketPolicy, bucketLifecycle],
  ...[cluster, accessEntry, accessPolicyAssociation, podIdentityAssociation, addon],
  ...[loadBalancer, targetGroup, listener, certificate, certificateValidation, record, webAclAssociation],
  ...[subnetGroup, parameterGroup, instance],
];
