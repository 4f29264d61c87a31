// The listeners that there are, and what may be said of one.
import {
  between,
  list,
  matching,
  number,
  object,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { type Identified, table } from "./store.ts";

/** RedirectActionConfig in Elastic Load Balancing's API reference, 2026-11. */
const redirect = object({
  protocol: string({ default: "#{protocol}", constraint: oneOf("#{protocol}", "HTTP", "HTTPS") }),
  host: string({ default: "#{host}" }),
  port: string({
    default: "#{port}",
    constraint: matching(/^(#\{port\}|[1-9]\d{0,4})$/, "#{port}, or a port from 1 to 65535"),
  }),
  path: string({
    default: "/#{path}",
    constraint: matching(/^\/.{0,127}$/, "a path of at most 128 characters"),
  }),
  query: string({ default: "#{query}" }),
  statusCode: string({ required: true, constraint: oneOf("HTTP_301", "HTTP_302") }),
});

const fixedResponse = object({
  contentType: string({
    required: true,
    constraint: oneOf("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
  }),
  messageBody: string({ constraint: matching(/^.{0,1024}$/s, "at most 1024 characters") }),
  statusCode: string({ constraint: matching(/^[245]\d\d$/, "a code such as 200, 404 or 503") }),
});

/**
 * "Security policies for your Application Load Balancer", 2026-11; those that negotiate nothing before TLS 1.2, and the
 * default.
 */
export const securityPolicies = [
  "ELBSecurityPolicy-2016-08",
  "ELBSecurityPolicy-FS-1-2-Res-2020-10",
  "ELBSecurityPolicy-TLS-1-2-2017-01",
  "ELBSecurityPolicy-TLS13-1-2-2021-06",
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
  "ELBSecurityPolicy-TLS13-1-3-2021-06",
  "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
  "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
  "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
];

export const listenerProperties = {
  loadBalancerArn: string({ required: true, replaceOnChange: true }),
  port: number({ required: true, constraint: between(1, 65535) }),
  protocol: string({ default: "HTTP", constraint: oneOf("HTTP", "HTTPS") }),
  certificateArn: string(),
  sslPolicy: string({ computed: true }),
  defaultActions: list(
    object({
      type: string({ required: true, constraint: oneOf("forward", "redirect", "fixed-response") }),
      targetGroupArn: string(),
      redirect,
      fixedResponse,
    }),
    // Actions before the last one authenticate, which isn't here.
    { required: true, constraint: { test: (actions) => actions.length === 1, allowed: "one action" } },
  ),
  tags,
};

export type ListenerInputs = Values<typeof listenerProperties>;

export interface Listener extends Identified, ListenerInputs {
  arn: string;
  sslPolicy?: string;
}

export const listeners = table<Listener>("elbv2/listener", { code: "ListenerNotFound", noun: "listener" });
