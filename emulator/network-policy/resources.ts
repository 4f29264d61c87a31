// Where what the emulated AWS has would be in AWS.
import { clusters } from "../aws/eks-cluster.ts";
import { subnetGroups } from "../aws/rds-groups.ts";
import { instances } from "../aws/rds-instances.ts";
import { subnets } from "../aws/vpc.ts";
import { endpointsAddress } from "../engines/endpoints.ts";
import { clusterAddress, servicesOf } from "../engines/kubernetes.ts";
import { nodesOf, podsOf } from "../engines/nodes.ts";
import { ipAddress } from "../engines/postgres-server.ts";
import type { Place } from "./places.ts";

/** Stands for AWS' endpoints, which are on the internet (RFC 5737). */
const PUBLIC = "203.0.113.1/32";

const cidrsOf = (subnetIds: readonly string[]): { zone: string; cidr: string }[] =>
  subnetIds.flatMap((id) => {
    const subnet = subnets.get(id);
    return subnet ? [{ zone: subnet.availabilityZone, cidr: subnet.cidrBlock }] : [];
  });

function databases(): Place[] {
  return instances.list().flatMap(({ identifier, availabilityZone, dbSubnetGroupName = "" }) => {
    const group = cidrsOf(subnetGroups.get(dbSubnetGroupName)?.subnetIds ?? []);
    const subnet = group.find(({ zone }) => zone === availabilityZone);
    return identifier && subnet ? [{ here: `${ipAddress(identifier)}/32`, inAws: subnet.cidr }] : [];
  });
}

/**
 * Nodes and their pods have addresses of the cluster's subnets, and the control plane calls from one of them or another
 * (aws-network-policy-agent#281, 2026-11): here from the last. Services, and the API and DNS among them, have a range apart.
 */
function inCluster(cluster: string): Place[] {
  const record = clusters.get(cluster);
  const services = record?.kubernetesNetworkConfig?.serviceIpv4Cidr;
  const own = cidrsOf(record?.vpcConfig.subnetIds ?? []);
  const nodes = nodesOf(cluster).flatMap(({ address, zone }) => {
    const subnet = own.find((candidate) => candidate.zone === zone);
    return subnet ? [`${address}/32`, podsOf(address)].map((here) => ({ here, inAws: subnet.cidr })) : [];
  });
  const controlPlane = own
    .slice(-1)
    .map(({ cidr }) => ({ here: `${clusterAddress(cluster)}/32`, inAws: cidr }));
  if (!services) return nodes;
  const host = (range: string, number: number) => range.replace(/\.\d+\/\d+$/, `.${number}/32`);
  const here = servicesOf(cluster);
  return [
    ...nodes,
    ...controlPlane,
    { here: `${clusterAddress(cluster)}/32`, inAws: host(services, 10) },
    { here: host(here, 1), inAws: host(services, 1) },
    { here, inAws: services },
  ];
}

export const placesOf = (cluster: string): Place[] => [
  ...databases(),
  ...inCluster(cluster),
  { here: `${endpointsAddress()}/32`, inAws: PUBLIC },
];
