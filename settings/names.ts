import type { Grammar } from "./types.ts";

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** A last label of digits would make it an address (RFC 3696). */
const host = `(?:${label}\\.)*(?!\\d+$)${label}`;

/** What a Host header may be. The service compares letters as they are, and clients send small ones. */
export const hostPattern: Grammar & { example: string } = {
  pattern: new RegExp(`(?:\\*\\.${label}\\.)?${host}`),
  allowed: "host names in small letters, *.example.com for every subdomain",
  example: "api.example.com",
  fault: (name) => (name.length > 253 ? { why: "which is longer than 253 characters" } : undefined),
};

/** RFC 1123, as Kubernetes asks for. */
export const namespaceName: Grammar & { example: string } = {
  pattern: new RegExp(label),
  allowed: "names of namespaces",
  example: "canary",
};

/** ACM's certificates have it as their common name, which ends at 64 characters (its user guide, 2026-11). */
export const domainName: Grammar & { example: string } = {
  pattern: new RegExp(`(?:${label}\\.)+(?!\\d+$)${label}`),
  allowed: "one host name in small letters with a dot, of at most 64 characters",
  example: "orders.example.com",
  fault: (name) => (name.length > 64 ? { why: "which is longer than 64 characters" } : undefined),
};

/** A web ACL of CloudFront is "global", and can't be had by a load balancer (AssociateWebACL, 2026-11). */
export const webAclArn: Grammar & { example: string } = {
  pattern:
    /arn:aws:wafv2:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:(?:regional|global)\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}/,
  allowed: "the ARN of a regional web ACL of AWS WAF",
  example:
    "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11",
  fault: (arn) => (arn.includes(":global/") ? { why: "which is CloudFront's" } : undefined),
};

const path = "(?:[\\w+=,.@-]+/)*";

/** STANDARD access entries take any role or user but a session (EKS user guide, creating-access-entries; 2026-11). */
export const adminArn: Grammar & { example: string } = {
  pattern: new RegExp(`arn:aws:iam::\\d{12}:(?:role|user)/${path}[\\w+=,.@-]{1,64}`),
  allowed: "ARNs of IAM roles or users",
  example: "arn:aws:iam::123456789012:role/Operators",
  fault: (arn) =>
    arn.includes(":role/aws-service-role/") ? { why: "which only its service can assume" } : undefined,
};
