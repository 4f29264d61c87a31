// The target groups that there are, and what may be said of one.
import {
  between,
  type Constraint,
  matching,
  number,
  object,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { name, namePrefix } from "./elbv2-names.ts";
import { type Identified, table } from "./store.ts";

const slowStart: Constraint<number> = {
  test: (seconds) => seconds === 0 || (Number.isInteger(seconds) && seconds >= 30 && seconds <= 900),
  allowed: "0, or a whole number from 30 to 900",
};

/** "Health checks for Application Load Balancer target groups", and the provider's defaults, 2026-11. */
const healthCheck = object(
  {
    path: string({
      default: "/",
      constraint: matching(/^\/.{0,1023}$/s, "a path of at most 1024 characters"),
    }),
    port: string({
      default: "traffic-port",
      constraint: {
        test: (port) => port === "traffic-port" || (/^\d+$/.test(port) && +port >= 1 && +port <= 65535),
        allowed: "traffic-port, or a port from 1 to 65535",
      },
    }),
    protocol: string({ default: "HTTP", constraint: oneOf("HTTP", "HTTPS") }),
    interval: number({ default: 30, constraint: between(5, 300) }),
    timeout: number({ default: 5, constraint: between(2, 120) }),
    healthyThreshold: number({ default: 3, constraint: between(2, 10) }),
    unhealthyThreshold: number({ default: 3, constraint: between(2, 10) }),
    matcher: string({
      default: "200",
      constraint: matching(
        /^[234]\d\d([,-][234]\d\d)*$/,
        "codes from 200 to 499, such as 200,204 or 200-299",
      ),
    }),
  },
  { default: {} as never },
);

/** "Target group attributes" there, and terraform-provider-aws' aws_lb_target_group. */
export const targetGroupProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: namePrefix }),
  port: number({ required: true, replaceOnChange: true, constraint: between(1, 65535) }),
  protocol: string({ required: true, replaceOnChange: true, constraint: oneOf("HTTP", "HTTPS") }),
  protocolVersion: string({
    computed: true,
    replaceOnChange: true,
    constraint: oneOf("HTTP1", "HTTP2", "GRPC"),
  }),
  // Targets that are instances, functions or load balancers aren't here.
  targetType: string({ default: "instance", replaceOnChange: true, constraint: oneOf("ip") }),
  vpcId: string({ required: true, replaceOnChange: true }),
  deregistrationDelay: number({ default: 300, constraint: between(0, 3600) }),
  slowStart: number({ default: 0, constraint: slowStart }),
  loadBalancingAlgorithmType: string({
    computed: true,
    constraint: oneOf("round_robin", "least_outstanding_requests"),
  }),
  healthCheck,
  tags,
};

export type TargetGroupInputs = Values<typeof targetGroupProperties>;

export interface TargetGroup extends Identified, TargetGroupInputs {
  arn: string;
  arnSuffix: string;
  protocolVersion: string;
  loadBalancingAlgorithmType: string;
  tagsAll?: Record<string, string>;
}

export const targetGroups = table<TargetGroup>("elbv2/targetGroup", {
  code: "TargetGroupNotFound",
  noun: "target group",
});
