// Which role the pods of a service account have.
import { type Identified, table } from "./store.ts";

export interface PodIdentityAssociation extends Identified {
  clusterName: string;
  namespace: string;
  serviceAccount: string;
  roleArn: string;
  tags?: Record<string, string>;
  associationArn: string;
  associationId: string;
}

export const podIdentityAssociations = table<PodIdentityAssociation>("eks/podIdentityAssociation", {
  code: "ResourceNotFoundException",
  noun: "pod identity association",
});

export const findAssociation = (
  clusterName: string,
  namespace: string,
  serviceAccount: string,
): PodIdentityAssociation | undefined =>
  podIdentityAssociations.find(
    (known) =>
      known.clusterName === clusterName &&
      known.namespace === namespace &&
      known.serviceAccount === serviceAccount,
  );
