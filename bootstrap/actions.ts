// What Pulumi's provider asks AWS for, by resource type and function: the rights of whoever previews and deploys. The
// names are those of AWS' Service Authorization Reference; a linter that knows it holds the policies against it, and a
// test holds this table against the program.

export interface Actions {
  /** To see what is there: a refresh, and what an update waits for. */
  read: readonly string[];
  /** To make, change and delete it. */
  write: readonly string[];
}

const ec2Tags = ["ec2:CreateTags", "ec2:DeleteTags"];
const rdsTags = ["rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
const eksTags = ["eks:TagResource", "eks:UntagResource"];
const snsTags = ["sns:TagResource", "sns:UntagResource"];
const elbTags = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"];
const rules = ["ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"];

export const resources: Readonly<Record<string, Actions>> = {
  "aws:ec2/vpc:Vpc": {
    read: ["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeNetworkAcls", ...rules.slice(0, 1)],
    write: ["ec2:CreateVpc", "ec2:DeleteVpc", "ec2:ModifyVpcAttribute", ...ec2Tags],
  },
  "aws:ec2/subnet:Subnet": {
    read: ["ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"],
    write: ["ec2:CreateSubnet", "ec2:DeleteSubnet", "ec2:ModifySubnetAttribute", ...ec2Tags],
  },
  "aws:ec2/internetGateway:InternetGateway": {
    read: ["ec2:DescribeInternetGateways"],
    write: [
      "ec2:CreateInternetGateway",
      "ec2:DeleteInternetGateway",
      "ec2:AttachInternetGateway",
      "ec2:DetachInternetGateway",
      ...ec2Tags,
    ],
  },
  "aws:ec2/eip:Eip": {
    read: ["ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"],
    write: ["ec2:AllocateAddress", "ec2:ReleaseAddress", "ec2:DisassociateAddress", ...ec2Tags],
  },
  "aws:ec2/natGateway:NatGateway": {
    read: ["ec2:DescribeNatGateways"],
    write: ["ec2:CreateNatGateway", "ec2:DeleteNatGateway", ...ec2Tags],
  },
  "aws:ec2/routeTable:RouteTable": {
    read: ["ec2:DescribeRouteTables"],
    write: ["ec2:CreateRouteTable", "ec2:DeleteRouteTable", ...ec2Tags],
  },
  "aws:ec2/route:Route": {
    read: ["ec2:DescribeRouteTables"],
    write: ["ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute"],
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    read: ["ec2:DescribeRouteTables"],
    write: ["ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation", "ec2:DisassociateRouteTable"],
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    read: [...rules, "ec2:DescribeNetworkInterfaces"],
    write: [
      "ec2:CreateSecurityGroup",
      "ec2:DeleteSecurityGroup",
      "ec2:RevokeSecurityGroupIngress",
      "ec2:RevokeSecurityGroupEgress",
      ...ec2Tags,
    ],
  },
  // Taken over rather than made: what AWS put into it is revoked.
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    read: rules,
    write: ["ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", ...ec2Tags],
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    read: rules,
    write: [
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:ModifySecurityGroupRules",
      "ec2:RevokeSecurityGroupIngress",
      ...ec2Tags,
    ],
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    read: rules,
    write: [
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:ModifySecurityGroupRules",
      "ec2:RevokeSecurityGroupEgress",
      ...ec2Tags,
    ],
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    read: [
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeCapacityReservation",
      "elasticloadbalancing:DescribeTags",
      "ec2:DescribeNetworkInterfaces",
    ],
    write: [
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
      ...elbTags,
    ],
  },
  "aws:lb/targetGroup:TargetGroup": {
    read: [
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTags",
    ],
    write: [
      "elasticloadbalancing:CreateTargetGroup",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      ...elbTags,
    ],
  },
  "aws:lb/listener:Listener": {
    read: [
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeListenerAttributes",
      "elasticloadbalancing:DescribeTags",
    ],
    write: [
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes",
      ...elbTags,
    ],
  },
  "aws:acm/certificate:Certificate": {
    read: ["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
    write: [
      "acm:RequestCertificate",
      "acm:DeleteCertificate",
      "acm:AddTagsToCertificate",
      "acm:RemoveTagsFromCertificate",
    ],
  },
  "aws:acm/certificateValidation:CertificateValidation": { read: ["acm:DescribeCertificate"], write: [] },
  // ChangeResourceRecordSets: policies.ts, for the types of records that it needs.
  "aws:route53/record:Record": {
    read: ["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:GetChange"],
    write: [],
  },
  "aws:wafv2/webAclAssociation:WebAclAssociation": {
    read: ["wafv2:GetWebACLForResource"],
    write: [
      "wafv2:AssociateWebACL",
      "wafv2:DisassociateWebACL",
      "wafv2:GetWebACL",
      "elasticloadbalancing:SetWebAcl",
    ],
  },
  "aws:kms/key:Key": {
    read: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
    write: [
      "kms:CreateKey",
      "kms:PutKeyPolicy",
      "kms:EnableKeyRotation",
      "kms:DisableKeyRotation",
      "kms:UpdateKeyDescription",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      // For what the key encrypts; those that use it are in policies.ts, by service.
      "kms:CreateGrant",
    ],
  },
  "aws:iam/role:Role": {
    read: ["iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListRoleTags"],
    // CreateRole, AttachRolePolicy, PassRole and what else could raise rights: policies.ts, each under a condition. Not
    // UpdateAssumeRolePolicy, which knows none: whoever has it may become any role of the account.
    write: [
      "iam:DeleteRole",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:ListInstanceProfilesForRole",
    ],
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    read: ["iam:ListAttachedRolePolicies"],
    write: [],
  },
  "aws:iam/rolePolicy:RolePolicy": {
    read: ["iam:GetRolePolicy", "iam:ListRolePolicies"],
    write: [],
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    read: ["logs:DescribeLogGroups", "logs:ListTagsForResource"],
    write: [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:PutRetentionPolicy",
      "logs:DeleteRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ],
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    read: ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
    write: [
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:DeleteAlarms",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ],
  },
  "aws:sns/topic:Topic": {
    read: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
    write: ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", ...snsTags],
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    read: ["sns:GetTopicAttributes"],
    write: ["sns:SetTopicAttributes"],
  },
  "aws:ecr/repository:Repository": {
    read: ["ecr:DescribeRepositories", "ecr:ListTagsForResource"],
    write: [
      "ecr:CreateRepository",
      "ecr:DeleteRepository",
      "ecr:PutImageTagMutability",
      "ecr:PutImageScanningConfiguration",
      "ecr:TagResource",
      "ecr:UntagResource",
    ],
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    read: ["ecr:GetLifecyclePolicy"],
    write: ["ecr:PutLifecyclePolicy", "ecr:DeleteLifecyclePolicy"],
  },
  "aws:eks/cluster:Cluster": {
    read: ["eks:DescribeCluster", "eks:DescribeUpdate", "eks:ListUpdates"],
    write: [
      "eks:CreateCluster",
      "eks:DeleteCluster",
      "eks:UpdateClusterConfig",
      "eks:UpdateClusterVersion",
      "eks:AssociateEncryptionConfig",
      ...eksTags,
    ],
  },
  "aws:eks/addon:Addon": {
    read: ["eks:DescribeAddon", "eks:DescribeAddonVersions"],
    write: ["eks:CreateAddon", "eks:UpdateAddon", "eks:DeleteAddon", ...eksTags],
  },
  "aws:eks/accessEntry:AccessEntry": {
    read: ["eks:DescribeAccessEntry"],
    write: ["eks:CreateAccessEntry", "eks:UpdateAccessEntry", "eks:DeleteAccessEntry", ...eksTags],
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    read: ["eks:ListAssociatedAccessPolicies"],
    write: ["eks:AssociateAccessPolicy", "eks:DisassociateAccessPolicy"],
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    read: ["eks:DescribePodIdentityAssociation", "eks:ListPodIdentityAssociations"],
    write: [
      "eks:CreatePodIdentityAssociation",
      "eks:UpdatePodIdentityAssociation",
      "eks:DeletePodIdentityAssociation",
      ...eksTags,
    ],
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    read: ["rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"],
    write: ["rds:CreateDBSubnetGroup", "rds:ModifyDBSubnetGroup", "rds:DeleteDBSubnetGroup", ...rdsTags],
  },
  "aws:rds/parameterGroup:ParameterGroup": {
    read: ["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:ListTagsForResource"],
    write: [
      "rds:CreateDBParameterGroup",
      "rds:ModifyDBParameterGroup",
      "rds:ResetDBParameterGroup",
      "rds:DeleteDBParameterGroup",
      ...rdsTags,
    ],
  },
  "aws:rds/instance:Instance": {
    read: ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"],
    write: [
      "rds:CreateDBInstance",
      "rds:ModifyDBInstance",
      "rds:RebootDBInstance",
      "rds:DeleteDBInstance",
      "rds:CreateDBSnapshot",
      "rds:RestoreDBInstanceFromDBSnapshot",
      "rds:RestoreDBInstanceToPointInTime",
      ...rdsTags,
    ],
  },
  "aws:secretsmanager/secret:Secret": {
    read: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
    write: [
      "secretsmanager:CreateSecret",
      "secretsmanager:UpdateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:TagResource",
      "secretsmanager:UntagResource",
    ],
  },
  // GetSecretValue: policies.ts, for the database's secret alone.
  "aws:secretsmanager/secretVersion:SecretVersion": {
    read: ["secretsmanager:DescribeSecret"],
    write: ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
  },
  // The image is pushed, by docker, under the login that a function gets.
  "docker:index/image:Image": {
    read: [],
    write: [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:UploadLayerPart",
      "ecr:CompleteLayerUpload",
      "ecr:PutImage",
    ],
  },
};

/** A preview calls these too. */
export const functions: Readonly<Record<string, readonly string[]>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": ["ec2:DescribeAvailabilityZones"],
  // Everybody may ask who he is.
  "aws:index/getCallerIdentity:getCallerIdentity": [],
  "aws:index/getRegion:getRegion": [],
  "aws:route53/getZone:getZone": [
    "route53:ListHostedZones",
    "route53:GetHostedZone",
    "route53:ListTagsForResource",
  ],
  "aws:eks/getAddonVersion:getAddonVersion": ["eks:DescribeAddonVersions"],
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": ["ecr:GetAuthorizationToken"],
  "aws:ecr/getRepository:getRepository": [
    "ecr:DescribeRepositories",
    "ecr:ListTagsForResource",
    "ecr:DescribeImages",
  ],
  "aws:ecr/getImage:getImage": ["ecr:DescribeImages"],
};

/**
 * Of the buckets for copies of SQLite's file and for access logs: policies.ts, for buckets of their names alone,
 * since S3 holds the state as well. The provider reads most of a bucket's configurations whenever it reads a bucket.
 */
export const bucket: Actions = {
  read: [
    "s3:ListBucket",
    "s3:GetBucket*",
    "s3:GetAccelerateConfiguration",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
  ],
  write: [
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    // A destroy that keeps no copies empties the bucket.
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListBucketVersions",
    // Whoever writes a bucket's policy could allow himself these: here one sees it.
    "s3:GetObject",
    "s3:PutObject",
  ],
};

/** The types that a bucket takes. */
export const bucketTypes: readonly string[] = [
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
];

const sorted = (actions: Iterable<string>): string[] => [...new Set(actions)].sort();

/** Of a preview without `--refresh`, which compares with the state. */
export const preview: string[] = sorted(Object.values(functions).flat());

/** Of `pulumi preview --refresh`. */
export const refresh: string[] = sorted([
  ...preview,
  ...Object.values(resources).flatMap(({ read }) => read),
]);

/** Of `pulumi up`, beside what policies.ts permits under conditions. */
export const update: string[] = sorted([
  ...refresh,
  ...Object.values(resources).flatMap(({ write }) => write),
]);
