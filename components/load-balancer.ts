import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Listener, type ListenerArgs } from "@pulumi/aws/lb/listener.js";
import { LoadBalancer as Alb } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import { WebAclAssociation } from "@pulumi/aws/wafv2/webAclAssociation.js";
import * as pulumi from "@pulumi/pulumi";
import type { Http } from "../description/description.ts";
import { accessLogs } from "./access-logs.ts";
import { certificate, hostedZone, pointTo } from "./domain.ts";
import { IDLE_SECONDS } from "./idle-timeout.ts";
import type { Network } from "./network.ts";

/**
 * TLS 1.3 and 1.2 with forward secrecy alone, and a key exchange that outlasts quantum computers for clients that have
 * it: what AWS recommends ("Security policies for your Application Load Balancer"), and Datadog's rule vn4-vpi-u7q
 * asks for; 2026-11.
 */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

export interface LoadBalancerArgs {
  /** Who may find it: everybody, or whoever reaches the VPC. */
  scheme: "internet" | "internal";
  network: Network;
  /** Of the EKS cluster whose pods it leads to. It may come up later. */
  clusterName: string;
  /** Name that it answers to, over HTTPS alone. @default none: over HTTP, at a name of AWS' */
  domain?: string;
  /** Public zone in Route 53 that the domain is in. */
  hostedZone?: string;
  /** Networks that it takes requests from. @default everybody, or the VPC if it is internal */
  allowedCidrs: readonly string[];
  /** ARN of a web ACL of WAF, regional and in this region, that every request passes. */
  webAclArn?: string;
  /** How long access logs are kept; 0 for none. */
  accessLogDays: number;
  /** The pods' port, and the path that answers 200 while they take requests. */
  http: Pick<Http, "port" | "readiness">;
  /** How long a pod that leaves may finish what it has been sent. */
  deregistrationSeconds: number;
  /** Refuse to delete it. */
  protect: boolean;
}

/** An Application Load Balancer. The cluster registers the pods; everything else of it is the program's. */
export class LoadBalancer extends pulumi.ComponentResource {
  /** What it answers at. */
  readonly url: pulumi.Output<string>;
  /** AWS' own name for it. */
  readonly dnsName: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** Host headers of requests that come through it. */
  readonly hosts: readonly string[];
  /** Where its requests to pods come from. */
  readonly cidrs: readonly string[];
  /** Without these no target ever gets healthy, or a request would come by unfiltered. */
  readonly open: pulumi.Resource[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:LoadBalancer", name, {}, opts);
    const { network, domain } = args;
    const group = doors(name, args, this);
    const balancer = applicationLoadBalancer(name, args, group, this);
    const targets = targetGroup(name, args, this);
    const filter = webAcl(name, args.webAclArn, balancer, this);

    this.dnsName = balancer.dnsName;
    this.targetGroupArn = targets.arn;
    this.securityGroupId = group.id;
    // Nobody could name the host before it is there, and nothing in the cluster shall wait for it.
    this.hosts = [domain ?? "*.elb.amazonaws.com"];
    this.cidrs = network.cidrs.public;
    if (domain && args.hostedZone) {
      const zoneId = hostedZone(args.hostedZone, this);
      const certificateArn = certificate(`${name}-certificate`, domain, zoneId, this);
      this.open = [...filter, ...secureListeners(name, balancer, targets, certificateArn, this)];
      const record = pointTo(`${name}-alias`, domain, zoneId, balancer, this);
      this.url = pulumi.interpolate`https://${record.fqdn}`;
    } else {
      const forward = [{ type: "forward", targetGroupArn: targets.arn }];
      const http = listener(`${name}-http`, balancer, { port: 80, defaultActions: forward }, this);
      this.open = [...filter, http];
      this.url = pulumi.interpolate`http://${balancer.dnsName}`;
    }
    this.registerOutputs();
  }
}

function doors(name: string, args: LoadBalancerArgs, parent: LoadBalancer): SecurityGroup {
  const group = new SecurityGroup(
    `${name}-access`,
    { vpcId: args.network.vpcId, description: "Who may reach the load balancer" },
    { parent },
  );
  const tcp = (port: number, cidrIpv4: string) => ({
    ...{ securityGroupId: group.id, cidrIpv4, ipProtocol: "tcp", fromPort: port, toPort: port },
  });
  for (const [index, cidr] of args.network.cidrs.private.entries())
    new SecurityGroupEgressRule(
      `${name}-to-pods-${index + 1}`,
      { description: "Requests and health checks", ...tcp(args.http.port, cidr) },
      { parent },
    );
  const usual = args.scheme === "internet" ? "0.0.0.0/0" : args.network.cidr;
  const cidrs = args.allowedCidrs.length > 0 ? args.allowedCidrs : [usual];
  for (const port of args.domain ? [80, 443] : [80])
    for (const cidrIpv4 of cidrs)
      new SecurityGroupIngressRule(
        `${name}-from-${cidrIpv4.replace(/[./]/g, "-")}-at-${port}`,
        {
          description: port === 80 && args.domain ? "HTTP, which only redirects" : "Requests",
          ...tcp(port, cidrIpv4),
        },
        { parent },
      );
  return group;
}

function applicationLoadBalancer(
  name: string,
  args: LoadBalancerArgs,
  group: SecurityGroup,
  parent: LoadBalancer,
): Alb {
  const { network, accessLogDays, protect } = args;
  const logs = accessLogDays > 0 ? accessLogs(`${name}-logs`, { accessLogDays, protect }, parent) : undefined;
  return new Alb(
    `${name}-alb`,
    {
      internal: args.scheme === "internal",
      // Also of an internal one: nothing else in them has addresses but NAT, so that what comes from there can be
      // trusted. Pods are in the private ones.
      subnets: network.publicSubnetIds,
      securityGroups: [group.id],
      idleTimeout: IDLE_SECONDS,
      dropInvalidHeaderFields: true,
      enableDeletionProtection: protect,
      accessLogs: logs && { bucket: logs.bucket, enabled: true },
    },
    // AWS takes none before the VPC has its gateway, and no gateway goes before it.
    { parent, protect, dependsOn: [...network.ingress, ...(logs?.permissions ?? [])] },
  );
}

function targetGroup(name: string, args: LoadBalancerArgs, parent: LoadBalancer): TargetGroup {
  return new TargetGroup(
    `${name}-pods`,
    {
      vpcId: args.network.vpcId,
      targetType: "ip",
      protocol: "HTTP",
      // Pods are registered with their own port. Another one here would replace the group, and with it cut everybody off.
      port: 80,
      deregistrationDelay: args.deregistrationSeconds,
      // As often as Kubernetes asks, and with the time that a pod has to say that its database is silent.
      healthCheck: {
        path: args.http.readiness,
        port: "traffic-port",
        matcher: "200",
        interval: 5,
        timeout: 3,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
      },
      // AmazonEKSLoadBalancingPolicy lets Auto Mode register targets nowhere else.
      tags: { "eks:eks-cluster-name": args.clusterName },
    },
    { parent },
  );
}

function secureListeners(
  name: string,
  balancer: Alb,
  targets: TargetGroup,
  certificateArn: pulumi.Output<string>,
  parent: LoadBalancer,
): Listener[] {
  const https = listener(
    `${name}-https`,
    balancer,
    {
      port: 443,
      protocol: "HTTPS",
      certificateArn,
      sslPolicy: TLS_POLICY,
      defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    },
    parent,
  );
  const redirect = { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" };
  const http = listener(
    `${name}-http`,
    balancer,
    { port: 80, defaultActions: [{ type: "redirect", redirect }] },
    parent,
    // Where there was no domain before, nobody is sent to a port that is still shut.
    [https],
  );
  return [https, http];
}

function listener(
  name: string,
  { arn: loadBalancerArn }: Alb,
  args: Omit<ListenerArgs, "loadBalancerArn">,
  parent: LoadBalancer,
  dependsOn: pulumi.Resource[] = [],
): Listener {
  return new Listener(name, { protocol: "HTTP", ...args, loadBalancerArn }, { parent, dependsOn });
}

function webAcl(name: string, webAclArn: string | undefined, balancer: Alb, parent: LoadBalancer) {
  if (webAclArn === undefined) return [];
  const args = { resourceArn: balancer.arn, webAclArn };
  // A load balancer has one web ACL at a time.
  return [new WebAclAssociation(`${name}-filter`, args, { parent, deleteBeforeReplace: true })];
}
