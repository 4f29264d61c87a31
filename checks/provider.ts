import type { Problem } from "./parse.ts";

/** Credentials that Pulumi's provider would use and the kubeconfig, which logs in by the `aws` command, would not. */
const credentials = [
  "accessKey",
  "assumeRoleWithWebIdentity",
  "assumeRoles",
  "profile",
  "secretKey",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "token",
];

/** What the AWS provider's own configuration must say, and must not. */
export function providerProblems(config: Readonly<Record<string, string>>): Problem[] {
  const problems: Problem[] = credentials
    .filter((name) => `aws:${name}` in config)
    .map((name) => ({
      key: `aws:${name}`,
      got: "credentials for Pulumi alone",
      allowed: "credentials in the environment, which the login to the cluster uses as well",
      fix: `pulumi config rm aws:${name}, then set AWS_PROFILE, or log in as docs/aws.md says`,
    }));
  if (config["aws:defaultTags"] !== undefined)
    problems.push({
      key: "aws:defaultTags",
      got: "tags that neither preview nor plan would show",
      allowed: "the setting tags, and the two that the program sets, project and environment",
      fix: "pulumi config rm aws:defaultTags, then pulumi config set --path tags.team payments",
    });
  if (!config["aws:region"])
    problems.push({
      key: "aws:region",
      got: "nothing",
      allowed: "the region of this stack, such as eu-central-1",
      fix: "pulumi config set aws:region eu-central-1",
    });
  return problems;
}
