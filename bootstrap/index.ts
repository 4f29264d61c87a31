// Once for each AWS account, by a person: what the workflows and the first `pulumi up` need. docs/pull-requests.md.
import { RepositoryPolicy } from "@pulumi/aws/ecr/repositoryPolicy.js";
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { imageRepository, type Rule } from "../components/repository.ts";
import { tagged } from "../components/tags.ts";
import { commands } from "./commands.ts";
import { Roles } from "./roles.ts";
import { loadSettings } from "./settings.ts";
import { State } from "./state.ts";

const NAME = "fastapi-eks";
const settings = loadSettings();
const environments = settings.environments.length > 0 ? settings.environments : ["dev", "prod"];
const inAws = tagged({ project: pulumi.getProject() });
const { accountId } = getCallerIdentityOutput();
const { region } = getRegionOutput();

const state = new State(
  "state",
  { bucketName: pulumi.interpolate`${NAME}-state-${accountId}-${region}`, aliasName: `${NAME}-state` },
  inAws,
);
const roles = new Roles("roles", { github: settings.github, environments, accountId, state }, inAws);

/**
 * Nobody pulls it, nobody runs it: every node of EKS Auto Mode pulls anew, and none gets older than 21 days
 * (re:Post article ARbff3_8A_R7uiPMpCfjHznw; EKS user guide, automode, 2026-11). What is
 * archived can be had back for a year. ECR deletes by age of the push alone, which says nothing about what runs.
 */
const RULES: Rule[] = [
  {
    selection: { tagStatus: "any", countType: "sinceImagePulled", countUnit: "days", countNumber: 90 },
    action: { type: "transition", targetStorageClass: "archive" },
  },
  {
    selection: {
      tagStatus: "any",
      storageClass: "archive",
      countType: "sinceImageTransitioned",
      countUnit: "days",
      countNumber: 365,
    },
    action: { type: "expire" },
  },
];
const images = imageRepository(
  "images",
  { name: settings.imageRepository, protect: true, rules: RULES },
  inAws,
);
if (settings.pullAccounts.length > 0) {
  new RepositoryPolicy("images-pull", { repository: images.name, policy: pullPolicy(settings.pullAccounts) });
}

/** Their stacks look an image up, and their nodes pull it. */
function pullPolicy(accounts: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Pull",
        Effect: "Allow",
        Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) },
        Action: [
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
          "ecr:BatchCheckLayerAvailability",
          "ecr:DescribeImages",
          "ecr:DescribeRepositories",
          "ecr:ListTagsForResource",
        ],
      },
    ],
  });
}

/** ARNs of the roles, by environment. */
export const roleArns = pulumi.output(roles.arns);

const names = pulumi.all([region, state.bucketName, roles.boundaryArn, images.name, roleArns]);
const next = names.apply(([region, bucketName, boundaryArn, imageRepository, roles]) =>
  commands(settings.github, {
    region,
    bucketName,
    aliasName: `alias/${NAME}-state`,
    boundaryArn,
    imageRepository,
    roles,
  }),
);

/** What to type next: `pulumi stack output commands`. */
export { next as commands };
