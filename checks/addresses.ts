import { EVICTABLE, GENERATIONS, SURGE } from "../components/rollout.ts";
import { carve } from "../components/subnets.ts";

/** A node's addresses, if each pod gets a node to itself: its own, a /28 for its pods, and a /28 that is kept warm. */
const PER_NODE = 1 + 16 + 16;
/** The migration, metrics-server's two, and the operator of CloudWatch's agent, which has its node's address. */
const OTHER_PODS = 4;
/** EKS asks for these in each of its subnets: for the control plane, and for its successor during an upgrade. */
const CONTROL_PLANE = 16;
/** AWS asks for these in each subnet of a load balancer. */
const LOAD_BALANCER = 8;
const NAT = 1;
/** Instance, standby, and the one that replaces either. */
const DATABASE = 3;
/** AWS keeps the first four and the last address of each subnet. */
const KEPT_BY_AWS = 5;

interface Companions {
  externalSecrets: boolean;
  pooler: { replicas: number };
  app: { targetRequestsInFlight: number };
}

/** With the operator of External Secrets, PgBouncer's, and the server of custom metrics, while they are replaced. */
const otherPods = ({ externalSecrets, pooler, app }: Companions): number =>
  OTHER_PODS +
  (externalSecrets ? 1 + SURGE : 0) +
  GENERATIONS * pooler.replicas +
  (app.targetRequestsInFlight > 0 ? 1 + SURGE : 0);

export const MOST_POOLERS = 10;

/** A private subnet holds no more when all pods are in one zone. It has the same size in every VPC. */
export const MOST_REPLICAS =
  Math.floor((usable("/19") - CONTROL_PLANE - LOAD_BALANCER) / PER_NODE) -
  EVICTABLE -
  SURGE -
  otherPods({
    externalSecrets: true,
    pooler: { replicas: MOST_POOLERS },
    app: { targetRequestsInFlight: 1 },
  });

export interface AddressSettings extends Companions {
  network: { cidr: string };
  app: { maxReplicas: number; targetRequestsInFlight: number };
}

export interface SubnetBudget {
  kind: "private" | "public" | "database";
  cidr: string;
  available: number;
  needed: number;
  /** How `needed` comes about. */
  sum: string;
}

/** The addresses that a zone needs when everything runs in it, as after the loss of the others. */
export interface AddressBudget {
  /** One of each kind; every zone has the same. */
  subnets: readonly SubnetBudget[];
}

export function addressBudget(settings: AddressSettings): AddressBudget {
  const { network, app } = settings;
  const [zone] = carve(network.cidr);
  if (!zone) throw new Error(`networkCidr: got ${network.cidr}; allowed: room for at least one zone`);
  const others = otherPods(settings);
  const pods = app.maxReplicas + SURGE + others;
  // Auto Mode starts a node's successor before it drains the node.
  const nodes = pods + EVICTABLE;
  const free = usable(zone.private);
  return {
    subnets: [
      {
        kind: "private",
        cidr: zone.private,
        available: free,
        needed: nodes * PER_NODE + CONTROL_PLANE + LOAD_BALANCER,
        sum: `(${app.maxReplicas} + ${SURGE} surge + ${others} other pods + ${EVICTABLE} node being replaced) × ${PER_NODE} + ${CONTROL_PLANE} control plane + ${LOAD_BALANCER} load balancer`,
      },
      {
        kind: "public",
        cidr: zone.public,
        available: usable(zone.public),
        needed: LOAD_BALANCER + NAT,
        sum: `${LOAD_BALANCER} load balancer + ${NAT} NAT`,
      },
      {
        kind: "database",
        cidr: zone.database,
        available: usable(zone.database),
        needed: DATABASE,
        sum: `${DATABASE} for instance, standby and replacement`,
      },
    ],
  };
}

function usable(cidr: string): number {
  return 2 ** (32 - Number(cidr.split("/")[1])) - KEPT_BY_AWS;
}
