import type { Description } from "../description/description.ts";
import { reservedRange } from "../settings/cidr.ts";
import type { Problem } from "../settings/problem.ts";
import { atLeast } from "./limits.ts";

export interface LoadBalancerSettings {
  protect: boolean;
  loadBalancer: {
    scheme: "none" | "internet" | "internal";
    domain?: string;
    hostedZone?: string;
    allowedCidrs: readonly string[];
    webAclArn?: string;
    accessLogDays: number;
  };
  app: { deregistrationSeconds: number; requestTimeoutSeconds: number };
}

type Check = (settings: LoadBalancerSettings, region?: string) => Problem[];

export function loadBalancerProblems(
  settings: LoadBalancerSettings,
  { http }: Pick<Description, "http">,
  region?: string,
): Problem[] {
  const { scheme } = settings.loadBalancer;
  if (scheme === "none") return [];
  if (!http)
    return [
      {
        key: "loadBalancerScheme",
        got: scheme,
        allowed: "none, for a worker: service.ts has no http",
        fix: "pulumi config rm loadBalancerScheme",
      },
    ];
  return [domainProblems, cidrProblems, webAclProblems, drainProblems].flatMap((check: Check) =>
    check(settings, region),
  );
}

function domainProblems({ protect, loadBalancer: { domain, hostedZone } }: LoadBalancerSettings): Problem[] {
  const parent = domain?.split(".").slice(1).join(".");
  if (domain === undefined && hostedZone === undefined)
    return protect
      ? [
          {
            key: "loadBalancerDomain",
            got: "nothing",
            allowed:
              "a domain where protect is true: without one, requests come over HTTP, readable to whoever is between",
            fix: "pulumi config set loadBalancerDomain …, and pulumi config set loadBalancerHostedZone …",
          },
        ]
      : [];
  if (domain === undefined)
    return [
      {
        key: "loadBalancerDomain",
        got: "nothing",
        allowed: `a name in loadBalancerHostedZone ${hostedZone}`,
        fix: `pulumi config set loadBalancerDomain api.${hostedZone}`,
      },
    ];
  if (hostedZone === undefined)
    return [
      {
        key: "loadBalancerHostedZone",
        got: "nothing",
        allowed: `the public hosted zone of Route 53 that ${domain} is in`,
        fix: `pulumi config set loadBalancerHostedZone ${parent}`,
      },
    ];
  // The provider would take it for a name below the zone, and make a record that nobody asks for.
  if (domain === hostedZone || domain.endsWith(`.${hostedZone}`)) return [];
  return [
    {
      key: "loadBalancerDomain",
      got: domain,
      allowed: `${hostedZone}, which loadBalancerHostedZone is, or a name below it`,
      fix: `pulumi config set loadBalancerDomain ${domain.split(".")[0]}.${hostedZone}, or pulumi config set loadBalancerHostedZone ${parent}`,
    },
  ];
}

function cidrProblems({ loadBalancer: { scheme, allowedCidrs } }: LoadBalancerSettings): Problem[] {
  if (scheme === "internal") return [];
  return allowedCidrs.flatMap((cidr, index) => {
    const range = reservedRange(cidr);
    if (range === undefined || cidr === "0.0.0.0/0") return [];
    return {
      key: `loadBalancerAllowedCidrs[${index}]`,
      got: cidr,
      allowed: `public networks where loadBalancerScheme is internet: nobody comes from ${range}`,
      fix: `pulumi config rm --path 'loadBalancerAllowedCidrs[${index}]', or pulumi config set loadBalancerScheme internal`,
    };
  });
}

function webAclProblems({ loadBalancer: { webAclArn } }: LoadBalancerSettings, region?: string): Problem[] {
  const itsRegion = webAclArn?.split(":")[3];
  if (itsRegion === undefined || region === undefined || itsRegion === region) return [];
  return [
    {
      key: "loadBalancerWebAclArn",
      got: `${webAclArn}, which is in ${itsRegion}`,
      allowed: `a regional web ACL in ${region}, where the load balancer is`,
      fix: `aws wafv2 list-web-acls --scope REGIONAL --region ${region}, then pulumi config set loadBalancerWebAclArn …`,
    },
  ];
}

/** Its last requests: the load balancer cuts them off when that time is over. */
function drainProblems({ app }: LoadBalancerSettings): Problem[] {
  return atLeast(
    ["appDeregistrationSeconds", app.deregistrationSeconds],
    app.requestTimeoutSeconds,
    `appRequestTimeoutSeconds ${app.requestTimeoutSeconds}, or the load balancer cuts off requests to a pod that leaves`,
  );
}

/** One line on what is set of a load balancer that there is none of, or none. */
export function idleLoadBalancer({ loadBalancer }: LoadBalancerSettings): string[] {
  if (loadBalancer.scheme !== "none") return [];
  const set = [
    ...(loadBalancer.domain === undefined ? [] : ["loadBalancerDomain"]),
    ...(loadBalancer.hostedZone === undefined ? [] : ["loadBalancerHostedZone"]),
    ...(loadBalancer.allowedCidrs.length === 0 ? [] : ["loadBalancerAllowedCidrs"]),
    ...(loadBalancer.webAclArn === undefined ? [] : ["loadBalancerWebAclArn"]),
  ];
  return set.length === 0 ? [] : [`${set.join(", ")}: without effect while loadBalancerScheme is none`];
}
