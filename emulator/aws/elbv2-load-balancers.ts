// The load balancers that there are, and what may be said of one.
import {
  between,
  boolean,
  number,
  object,
  oneOf,
  set,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { name, namePrefix } from "./elbv2-names.ts";
import { type Identified, table } from "./store.ts";

// "Load balancer attributes" in the guide to Application Load Balancers, and terraform-provider-aws' aws_lb, 2026-11.
export const loadBalancerProperties = {
  name: string({ autoName: true, computed: true, replaceOnChange: true, constraint: name }),
  namePrefix: string({ replaceOnChange: true, constraint: namePrefix }),
  // Network and gateway load balancers aren't here.
  loadBalancerType: string({
    default: "application",
    replaceOnChange: true,
    constraint: oneOf("application"),
  }),
  internal: boolean({ default: false, replaceOnChange: true }),
  ipAddressType: string({ computed: true, constraint: oneOf("ipv4") }),
  subnets: set(string(), { required: true }),
  securityGroups: set(string(), { computed: true }),
  idleTimeout: number({ default: 60, constraint: between(1, 4000) }),
  clientKeepAlive: number({ default: 3600, constraint: between(60, 604800) }),
  dropInvalidHeaderFields: boolean({ default: false }),
  desyncMitigationMode: string({
    default: "defensive",
    constraint: oneOf("monitor", "defensive", "strictest"),
  }),
  enableDeletionProtection: boolean({ default: false }),
  enableHttp2: boolean({ default: true }),
  enableWafFailOpen: boolean({ default: false }),
  preserveHostHeader: boolean({ default: false }),
  xffHeaderProcessingMode: string({
    default: "append",
    constraint: oneOf("append", "preserve", "remove"),
  }),
  accessLogs: object({
    bucket: string({ required: true }),
    prefix: string(),
    enabled: boolean({ default: false }),
  }),
  tags,
};

export type LoadBalancerInputs = Values<typeof loadBalancerProperties>;

export interface LoadBalancer extends Identified, LoadBalancerInputs {
  arn: string;
  arnSuffix: string;
  dnsName: string;
  /** Of the hosted zone that its name is in, for alias records. */
  zoneId: string;
  vpcId: string;
  securityGroups: string[];
}

export const loadBalancers = table<LoadBalancer>("elbv2/loadBalancer", {
  code: "LoadBalancerNotFound",
  noun: "load balancer",
});
