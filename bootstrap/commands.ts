import type { Settings } from "./settings.ts";

export interface Made {
  region: string;
  bucketName: string;
  aliasName: string;
  boundaryArn: string;
  imageRepository: string;
  roles: Readonly<Record<string, Readonly<Record<"preview" | "drift" | "deploy", string>>>>;
}

/** What is left to type: the repository's variables and environments on GitHub, and the stacks. */
export function commands({ owner, repository }: Settings["github"], made: Made): string {
  const repo = `${owner}/${repository}`;
  const backend = `s3://${made.bucketName}?region=${made.region}`;
  const variable = (name: string, value: string, environment?: string) =>
    `gh variable set ${name} --repo ${repo}${environment ? ` --env ${environment}` : ""} --body '${value}'`;
  const environments = Object.entries(made.roles).flatMap(([environment, { preview, drift, deploy }]) => {
    const api = `gh api --silent --method`;
    const path = `repos/${repo}/environments/${environment}`;
    const branches = "deployment_branch_policy";
    return [
      variable(`AWS_REGION_${shout(environment)}`, made.region),
      variable(`PULUMI_BACKEND_URL_${shout(environment)}`, backend),
      variable(`PREVIEW_ROLE_${shout(environment)}`, preview),
      variable(`DRIFT_ROLE_${shout(environment)}`, drift),
      `${api} PUT ${path} -F '${branches}[protected_branches]=false' -F '${branches}[custom_branch_policies]=true'`,
      `${api} POST ${path}/deployment-branch-policies -f name=main`,
      variable("DEPLOY_ROLE", deploy, environment),
    ];
  });
  const stacks = Object.keys(made.roles).flatMap((stack) => [
    `pulumi stack init ${stack} --secrets-provider 'awskms://${made.aliasName}?region=${made.region}'`,
    `pulumi config set imageRepository ${made.imageRepository} --stack ${stack}`,
    `pulumi config set permissionsBoundary ${made.boundaryArn} --stack ${stack}`,
  ]);
  return [
    "# On GitHub",
    ...environments,
    "# In the program's folder",
    `pulumi login '${backend}'`,
    ...stacks,
  ].join("\n");
}

const shout = (environment: string): string => environment.toUpperCase().replaceAll("-", "_");
