// eks.AccessEntry, eks.AccessPolicyAssociation and eks.PodIdentityAssociation: who may do what in a cluster, and as what.
import { grantAccess, revokeAccess } from "../engines/cluster-access.ts";
import { matching, object, oneOf, set, string, tags, type Values } from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId, arn, callerArn, derived, newUuid } from "./account.ts";
import { clusters, expectAccessEntries } from "./eks-cluster.ts";
import { AwsError } from "./errors.ts";
import { findRole, refuseUntrusting } from "./iam.ts";
import { findAssociation, podIdentityAssociations } from "./pod-identity-associations.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

const principal = matching(/^arn:aws:iam::\d{12}:(role|user)\/.+$/, "the ARN of an IAM role or user");

const entryProperties = {
  clusterName: string({ required: true, replaceOnChange: true }),
  principalArn: string({ required: true, replaceOnChange: true, constraint: principal }),
  type: string({
    default: "STANDARD",
    replaceOnChange: true,
    constraint: oneOf("STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"),
  }),
  kubernetesGroups: set(
    string({ constraint: matching(/^(?!system:|eks:|aws:|amazon:|iam:)/, "no reserved prefix") }),
    {
      computed: true,
    },
  ),
  userName: string({ computed: true }),
  tags,
};

interface AccessEntry extends Identified, Values<typeof entryProperties> {
  accessEntryArn: string;
  createdAt: string;
  kubernetesGroups: string[];
  userName: string;
}

const accessEntries = table<AccessEntry>("eks/accessEntry", {
  code: "ResourceNotFoundException",
  noun: "access entry",
});

const entryId = (cluster: string, principalArn: string): string => `${cluster}:${principalArn}`;

/** Other accounts' principals, and users, are none of the emulator's business. */
function refusePrincipal(principalArn: string): void {
  const isOwnRole = principalArn.startsWith(`arn:aws:iam::${accountId}:role/`);
  if (!isOwnRole || findRole(principalArn)) return;
  const message = `The specified principalArn is invalid: ${principalArn} does not exist`;
  throw new AwsError("InvalidParameterException", message);
}

export const accessEntry = resourceType({
  token: "aws:eks/accessEntry:AccessEntry",
  invalid: "InvalidParameterException",
  table: accessEntries,
  properties: entryProperties,
  create({ clusterName, principalArn, kubernetesGroups = [], userName = principalArn }) {
    const { accessConfig } = expectAccessEntries(clusterName);
    refusePrincipal(principalArn);
    const isCreator = accessConfig.bootstrapClusterCreatorAdminPermissions && principalArn === callerArn;
    const id = entryId(clusterName, principalArn);
    if (isCreator || accessEntries.get(id)) {
      const message = `The specified access entry resource is already in use on this cluster: ${principalArn}`;
      throw new AwsError("ResourceInUseException", message);
    }
    return {
      id,
      accessEntryArn: arn("eks", `access-entry/${clusterName}/${derived(id, 12)}`),
      createdAt: new Date().toISOString(),
      kubernetesGroups,
      userName,
    };
  },
});

// Those that the emulator's cluster has a role for.
const accessPolicies = ["ClusterAdmin", "Admin", "AdminView", "Edit", "View"].map(
  (name) => `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${name}Policy`,
);

const associationProperties = {
  clusterName: string({ required: true, replaceOnChange: true }),
  principalArn: string({ required: true, replaceOnChange: true, constraint: principal }),
  policyArn: string({ required: true, replaceOnChange: true, constraint: oneOf(...accessPolicies) }),
  accessScope: object(
    {
      type: string({ required: true, replaceOnChange: true, constraint: oneOf("cluster", "namespace") }),
      namespaces: set(string(), { replaceOnChange: true }),
    },
    { required: true },
  ),
};

type AssociationInputs = Values<typeof associationProperties>;

interface AccessPolicyAssociation extends Identified, AssociationInputs {
  associatedAt: string;
  modifiedAt: string;
}

const access = ({ principalArn, policyArn, accessScope }: AssociationInputs) => ({
  principalArn,
  policy: policyArn.split("/").at(-1) ?? "",
  namespaces: accessScope.type === "namespace" ? accessScope.namespaces : undefined,
});

export const accessPolicyAssociation = resourceType({
  token: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  invalid: "InvalidParameterException",
  table: table<AccessPolicyAssociation>("eks/accessPolicyAssociation", {
    code: "ResourceNotFoundException",
    noun: "access policy association",
  }),
  properties: associationProperties,
  check({ accessScope: { type, namespaces = [] } }) {
    if (isUnknown(type) || isUnknown(namespaces) || (type === "namespace") === namespaces.length > 0) return;
    const message = `Access scope type namespace needs namespaces, cluster has none; got ${type}, [${namespaces.join()}]`;
    throw new AwsError("InvalidParameterException", message);
  },
  create({ clusterName, principalArn, policyArn }) {
    expectAccessEntries(clusterName);
    accessEntries.expect(entryId(clusterName, principalArn));
    const now = new Date().toISOString();
    return { id: `${clusterName}#${principalArn}#${policyArn}`, associatedAt: now, modifiedAt: now };
  },
  async start(association) {
    await grantAccess(association.clusterName, access(association));
  },
  async stop(association) {
    if (clusters.get(association.clusterName)) {
      await revokeAccess(association.clusterName, access(association));
    }
  },
});

const podIdentityProperties = {
  clusterName: string({ required: true, replaceOnChange: true }),
  namespace: string({ required: true, replaceOnChange: true }),
  serviceAccount: string({ required: true, replaceOnChange: true }),
  roleArn: string({ required: true }),
  tags,
};

function refusePodRole(roleArn: string): void {
  const actions = ["sts:AssumeRole", "sts:TagSession"];
  refuseUntrusting(roleArn, "pods.eks.amazonaws.com", actions, "InvalidParameterException");
}

export const podIdentityAssociation = resourceType({
  token: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  invalid: "InvalidParameterException",
  table: podIdentityAssociations,
  properties: podIdentityProperties,
  create({ clusterName, namespace, serviceAccount, roleArn }) {
    clusters.expect(clusterName);
    refusePodRole(roleArn);
    const other = findAssociation(clusterName, namespace, serviceAccount);
    if (other) {
      const keys = JSON.stringify([clusterName, namespace, serviceAccount]);
      throw new AwsError("ResourceInUseException", `Association already exists: ${other.id} for ${keys}`);
    }
    const id = `a-${derived(newUuid(), 17)}`;
    return {
      id,
      associationId: id,
      associationArn: arn("eks", `podidentityassociation/${clusterName}/${id}`),
    };
  },
  update(_association, { roleArn }) {
    refusePodRole(roleArn);
  },
});
