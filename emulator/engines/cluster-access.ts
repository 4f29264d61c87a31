// EKS' access policies as Kubernetes' own RBAC.
import { kubectl, waitForApi } from "./kubernetes.ts";

/**
 * Reads everything, secrets too, for which Kubernetes has no role of its own: EKS user guide,
 * access-policy-permissions (2026-11).
 */
const adminView = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "eks:admin-view" },
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }],
};

/** EKS' access policies and the Kubernetes roles that they stand for. */
const clusterRoles: Record<string, string> = {
  AmazonEKSClusterAdminPolicy: "cluster-admin",
  AmazonEKSAdminPolicy: "admin",
  AmazonEKSAdminViewPolicy: adminView.metadata.name,
  AmazonEKSEditPolicy: "edit",
  AmazonEKSViewPolicy: "view",
};

interface Access {
  principalArn: string;
  policy: string;
  /** Only in these; everywhere when left out. */
  namespaces?: string[];
}

function bindings({ principalArn, policy, namespaces }: Access): string {
  const kind = namespaces ? "RoleBinding" : "ClusterRoleBinding";
  const name = `eks:${policy}:${principalArn}`.replaceAll("/", ":");
  const items = (namespaces ?? [undefined]).map((namespace) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRoles[policy] },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: principalArn }],
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

export async function grantAccess(cluster: string, access: Access): Promise<void> {
  await waitForApi(cluster);
  await kubectl(cluster, ["apply", "-f", "-"], JSON.stringify(adminView));
  await kubectl(cluster, ["apply", "-f", "-"], bindings(access));
}

export async function revokeAccess(cluster: string, access: Access): Promise<void> {
  await kubectl(cluster, ["delete", "--ignore-not-found", "-f", "-"], bindings(access));
}
