// What the roles may do. All of it is in the account, most of it on `*`: names of what a stack makes are generated.
import { preview, refresh, update } from "./actions.ts";

interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Action: string | readonly string[];
  Resource: string | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const policy = (...statements: Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const allow = (Sid: string, Action: readonly string[], Resource: Statement["Resource"] = "*"): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

/** Where Pulumi keeps its state, and the key of the secrets in it. */
export interface State {
  bucketArn: string;
  keyArn: string;
}

const reads = ({ bucketArn, keyArn }: State): Statement[] => [
  allow("ListState", ["s3:ListBucket"], bucketArn),
  allow("ReadState", ["s3:GetObject"], `${bucketArn}/*`),
  allow("ReadSecretsOfState", ["kms:Decrypt"], keyArn),
];

/** A preview takes no lock and writes nothing. */
export const previewPolicy = (state: State): string => policy(allow("Look", preview), ...reads(state));

/** A refresh also reads what the database's credentials are. */
export const driftPolicy = (state: State): string =>
  policy(allow("Look", refresh), allow("ReadCredentials", ["kms:Decrypt"]), ...reads(state));

export const deployPolicy = (state: State): string =>
  policy(
    allow("MakeWhatTheProgramMakes", update),
    ...reads(state),
    allow("WriteState", ["s3:PutObject", "s3:DeleteObject"], `${state.bucketArn}/*`),
    allow("WriteSecretsOfState", ["kms:Encrypt", "kms:GenerateDataKey"], state.keyArn),
  );

/** Policies of AWS that the program's roles may have. */
export const ATTACHABLE = [
  "AmazonEKS*",
  "AmazonEC2ContainerRegistryPullOnly",
  "CloudWatchAgentServerPolicy",
  "service-role/AmazonRDSEnhancedMonitoringRole",
].map((name) => `arn:aws:iam::aws:policy/${name}`);

/** Services that take on the program's roles, and those whose own roles AWS makes at their first use in an account. */
const PASSED_TO = ["eks", "ec2", "pods.eks", "monitoring.rds"].map((name) => `${name}.amazonaws.com`);
const LINKED = ["eks", "rds", "elasticloadbalancing", "spot"].map((name) => `${name}.amazonaws.com`);

interface Names {
  accountId: string;
  boundaryArn: string;
  /** Path of everything that bootstrap itself makes in IAM. */
  path: string;
}

/** Whoever may make roles could make one that may do more than he: these keep that from being possible. */
export function rolesPolicy({ accountId, boundaryArn, path }: Names): string {
  const roles = `arn:aws:iam::${accountId}:role/*`;
  return policy(
    {
      ...allow(
        "MakeRolesWithinTheBoundary",
        ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
        roles,
      ),
      Condition: { ArnEquals: { "iam:PermissionsBoundary": boundaryArn } },
    },
    {
      ...allow("AttachWhatIsKnown", ["iam:AttachRolePolicy"], roles),
      Condition: {
        ArnEquals: { "iam:PermissionsBoundary": boundaryArn },
        ArnLike: { "iam:PolicyARN": ATTACHABLE },
      },
    },
    {
      ...allow("PassRoles", ["iam:PassRole"], roles),
      Condition: { StringEquals: { "iam:PassedToService": PASSED_TO } },
    },
    {
      ...allow(
        "RolesOfServices",
        ["iam:CreateServiceLinkedRole"],
        `arn:aws:iam::${accountId}:role/aws-service-role/*`,
      ),
      Condition: { StringEquals: { "iam:AWSServiceName": LINKED } },
    },
    {
      Sid: "LeaveBootstrapAlone",
      Effect: "Deny",
      Action: "iam:*",
      Resource: [`arn:aws:iam::${accountId}:role${path}*`, `arn:aws:iam::${accountId}:policy${path}*`],
    },
  );
}

/** The most that a role of the program can ever do, whatever is attached to it: nothing with identities. */
export const boundaryPolicy = (): string =>
  policy(allow("Services", ["*"]), {
    Sid: "NoIdentities",
    Effect: "Deny",
    // But what EKS Auto Mode does with its nodes' instance profiles, and the roles of AWS' own services.
    Action: [
      ...["iam:Attach*", "iam:Detach*", "iam:Put*", "iam:Update*", "iam:Set*", "iam:Upload*", "iam:Change*"],
      ...["iam:CreateRole", "iam:CreateUser", "iam:CreateGroup", "iam:CreatePolicy*", "iam:CreateAccessKey"],
      ...["iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreateSAMLProvider"],
      ...["iam:DeleteRole*", "iam:DeleteUser*", "iam:DeletePolicy*", "organizations:*", "account:*"],
    ],
    Resource: "*",
  });
