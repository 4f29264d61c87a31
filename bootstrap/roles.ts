import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { AUDIENCE, ISSUER, subject, trust } from "./github.ts";
import {
  boundaryPolicy,
  deployPolicy,
  driftPolicy,
  partsPolicy,
  previewPolicy,
  rolesPolicy,
} from "./policies.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";

export interface RolesArgs {
  github: Settings["github"];
  environments: readonly string[];
  accountId: pulumi.Input<string>;
  state: State;
}

export interface EnvironmentRoles {
  preview: pulumi.Output<string>;
  drift: pulumi.Output<string>;
  deploy: pulumi.Output<string>;
}

/** Keeps what is ours from the roles that may make roles. */
const PATH = "/fastapi-eks-bootstrap/";

/** A deployment waits for a cluster, at worst for longer than the default hour. */
const DEPLOY_SECONDS = 7200;

/** What the repository's workflows may do in this account, by environment. */
export class Roles extends pulumi.ComponentResource {
  /** ARNs by environment. */
  readonly arns: Readonly<Record<string, EnvironmentRoles>>;
  /** Policy that bounds every role of the program. */
  readonly boundaryArn: pulumi.Output<string>;

  constructor(name: string, args: RolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:bootstrap:Roles", name, {}, opts);
    const child = { parent: this };

    const issuer = new OpenIdConnectProvider(
      `${name}-github`,
      { url: `https://${ISSUER}`, clientIdLists: [AUDIENCE] },
      child,
    );
    const state = pulumi.output({ bucketArn: args.state.bucketArn, keyArn: args.state.keyArn });
    const boundary = new Policy(
      `${name}-boundary`,
      { path: PATH, policy: state.apply(boundaryPolicy) },
      child,
    );
    this.boundaryArn = boundary.arn;

    const policies = {
      preview: [state.apply(previewPolicy)],
      drift: [state.apply(driftPolicy)],
      deploy: [
        state.apply(deployPolicy),
        partsPolicy,
        pulumi
          .all([args.accountId, boundary.arn])
          .apply(([accountId, boundaryArn]) => rolesPolicy({ accountId, boundaryArn, path: PATH })),
      ],
    };
    const grants = Object.entries(policies).map(
      ([right, documents]) =>
        [
          right,
          documents.map(
            (policy, index) => new Policy(`${name}-${right}-${index + 1}`, { path: PATH, policy }, child),
          ),
        ] as const,
    );
    const granted = Object.fromEntries(grants) as Record<keyof typeof policies, Policy[]>;

    const role = (right: keyof typeof policies, environment: string, from: string) =>
      this.role(
        `${name}-${right}-${environment}`,
        issuer.arn,
        subject(args.github, from),
        granted[right],
        right,
      );
    this.arns = Object.fromEntries(
      args.environments.map((environment) => [
        environment,
        {
          preview: role("preview", environment, "pull_request"),
          drift: role("drift", environment, "ref:refs/heads/main"),
          deploy: role("deploy", environment, `environment:${environment}`),
        },
      ]),
    );
    this.registerOutputs();
  }

  private role(
    name: string,
    issuer: pulumi.Output<string>,
    subject: string,
    policies: Policy[],
    right: string,
  ): pulumi.Output<string> {
    const child = { parent: this };
    const role = new Role(
      name,
      {
        path: PATH,
        assumeRolePolicy: issuer.apply((arn) => trust(arn, subject)),
        maxSessionDuration: right === "deploy" ? DEPLOY_SECONDS : undefined,
      },
      child,
    );
    const attachments = policies.map(
      (policy, index) =>
        new RolePolicyAttachment(`${name}-${index + 1}`, { role: role.name, policyArn: policy.arn }, child),
    );
    // Whoever takes it on needs its rights.
    return pulumi.all([role.arn, ...attachments.map(({ id }) => id)]).apply(([arn]) => arn as string);
  }
}
