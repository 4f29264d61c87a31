// What the roles may do. All of it is in the account, most of it on `*`: names of what a stack makes are generated.
import { bucket, preview, refresh, update } from "./actions.ts";

type Statement = {
  Sid: string;
  Effect: "Allow" | "Deny";
  Resource: string | readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
} & ({ Action: string | readonly string[] } | { NotAction: readonly string[] });

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

/**
 * Of the database's owner, and of the service; and what External Secrets Operator brings into a cluster, whose name comes
 * first. What Pulumi and AWS add to their names is anybody's guess.
 */
export const CREDENTIALS = ["database-credentials-*", "database-login-credentials-*", "*/in-cluster/*"].map(
  (name) => `arn:aws:secretsmanager:*:*:secret:${name}`,
);

/** The bucket that components/backup.ts makes, and what is in it. Pulumi adds to its name as well. */
export const COPIES = "arn:aws:s3:::backup-bucket-*";

/** The same for that of components/access-logs.ts. */
export const ACCESS_LOGS = "arn:aws:s3:::load-balancer-logs-*";

/** To use keys, but by way of these services alone (KMS developer guide, kms:ViaService, 2026-11). */
const useKeys = (Action: readonly string[], ...services: string[]): Statement => ({
  ...allow("UseKeysThroughServices", Action),
  Condition: { StringLike: { "kms:ViaService": services.map((service) => `${service}.*.amazonaws.com`) } },
});

const readCredentials = allow("ReadCredentials", ["secretsmanager:GetSecretValue"], CREDENTIALS);

/** A preview takes no lock and writes nothing. */
export const previewPolicy = (state: State): string => policy(allow("Look", preview), ...reads(state));

/** A refresh also reads what the database's credentials are. */
export const driftPolicy = (state: State): string =>
  policy(
    allow("Look", refresh),
    allow("LookAtBuckets", bucket.read, [COPIES, ACCESS_LOGS]),
    readCredentials,
    useKeys(["kms:Decrypt"], "secretsmanager"),
    ...reads(state),
  );

const isOfWayIn = (action: string): boolean => /^(acm|elasticloadbalancing|route53|wafv2):/.test(action);

export const deployPolicy = (state: State): string =>
  policy(
    allow(
      "MakeWhatTheProgramMakes",
      update.filter((action) => !isOfWayIn(action)),
    ),
    readCredentials,
    useKeys(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], "eks", "rds", "secretsmanager"),
    ...reads(state),
    allow("WriteState", ["s3:PutObject", "s3:DeleteObject"], `${state.bucketArn}/*`),
    allow("WriteSecretsOfState", ["kms:Encrypt", "kms:GenerateDataKey"], state.keyArn),
    {
      Sid: "LeaveKeyOfStateAlone",
      Effect: "Deny",
      Action: ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKeyRotation", "kms:CreateGrant"],
      Resource: state.keyArn,
    },
  );

/** Of deployments too; a managed policy takes 6144 characters. */
export const partsPolicy: string = policy(
  allow("MakeTheWayIn", update.filter(isOfWayIn)),
  allow("MakeBuckets", [...bucket.read, ...bucket.write], [COPIES, ACCESS_LOGS]),
  {
    ...allow("PointDomainsToLoadBalancers", ["route53:ChangeResourceRecordSets"]),
    // Mail, delegations and whatever else the zone has aren't the program's.
    Condition: {
      "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["A", "CNAME"] },
    },
  },
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
        [
          "iam:CreateRole",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
          // Of another role, what they take away could be what it is denied.
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
        ],
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

/**
 * The most that a role of the program can ever do, whatever is attached to it. With identities only what AmazonEKS*
 * need, for the nodes of EKS Auto Mode and roles of AWS' own services (AWS managed policy reference; AmazonEKSComputePolicy
 * v5 of 2026-02-12 in zoph-io/MAMIP; 2026-11). Who trusts an account's root, trusts whoever may call sts:AssumeRole.
 */
export const boundaryPolicy = ({ bucketArn, keyArn }: State): string =>
  policy(
    { Sid: "Services", Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
    allow("LookAtIdentities", ["iam:Get*", "iam:List*"]),
    allow("ProfilesOfNodes", ["iam:AddRoleToInstanceProfile"], "arn:aws:iam::*:instance-profile/eks*"),
    {
      ...allow("PassToNodesAlone", ["iam:PassRole"]),
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    {
      ...allow("RolesOfServices", ["iam:CreateServiceLinkedRole"], "arn:aws:iam::*:role/aws-service-role/*"),
      Condition: { StringEquals: { "iam:AWSServiceName": LINKED } },
    },
    { Sid: "NoOtherRoles", Effect: "Deny", Action: ["sts:AssumeRole*"], Resource: "*" },
    {
      Sid: "NoState",
      Effect: "Deny",
      Action: ["s3:*", "kms:*"],
      Resource: [bucketArn, `${bucketArn}/*`, keyArn],
    },
  );
