// Nobody means to lose a cluster, a database or a network by merging, or to publish a secret. This stops it.
import { type Inputs, isDeleted, isReplaced, nameOf, type Step, typeOf } from "./preview.ts";
import { secretsInClear } from "./secrets.ts";

/** What can't be had back, and what goes with it. */
const irreplaceable: Record<string, string> = {
  "aws:eks/cluster:Cluster": "everything that runs in the cluster stops, and its volumes are lost",
  "aws:rds/instance:Instance": "its data is lost but for snapshots, and the service is down meanwhile",
  "aws:ec2/vpc:Vpc": "everything in the network has to move, the database and the cluster with it",
  "aws:ec2/subnet:Subnet": "what has an address in it has to go first, the database or the cluster's nodes",
  "aws:kms/key:Key": "what it has encrypted can't be read any more, backups and snapshots included",
  "aws:ecr/repository:Repository": "its images are gone, those that run and those to go back to",
  "aws:sns/topic:Topic": "whoever has subscribed hears of no alarm until he subscribes to the new one",
  "random:index/randomPassword:RandomPassword":
    "the database gets another password, and the pods that run can't log in any more",
  "aws:s3/bucket:Bucket": "what is in it goes with it: copies of the database's file, or logs of who called",
  "aws:lb/loadBalancer:LoadBalancer": "nobody reaches the service until another one is there and found",
  "aws:lb/targetGroup:TargetGroup":
    "requests are answered with 503 until another one has healthy targets, and the listeners lead there",
  "aws:lb/listener:Listener": "requests are refused until another one is there",
  "aws:acm/certificate:Certificate": "no client trusts the service until another one is validated",
  "aws:route53/record:Record":
    "nobody finds the service by its domain, or ACM can't renew its certificate any more",
  "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding":
    "the load balancer has no targets until another one has registered them, and answers 503",
  "kubernetes:core/v1:PersistentVolumeClaim":
    "the database's file is on its volume; AWS keeps that only where databaseFinalSnapshot is true",
  "kubernetes:karpenter.sh/v1:NodePool": "the nodes leave, and with them all pods",
  "kubernetes:core/v1:Namespace": "everything in it is deleted, the service included",
  "pulumi:providers:kubernetes": "everything in the cluster is deleted and made again",
};

export interface Finding {
  urn: string;
  /** What would happen. */
  what: string;
  /** Why that is dangerous. */
  why: string;
  /** What to do about it. */
  fix: string;
}

export interface Permission {
  /** Irreplaceable things may be replaced and deleted. */
  replacement: boolean;
  /** Resources about which there is no finding at all. */
  urns: readonly string[];
}

/** Everything that somebody has to fix or permit before these steps may run. */
export function judge(steps: readonly Step[], permission: Permission): Finding[] {
  return steps
    .filter(({ urn }) => !permission.urns.includes(urn))
    .flatMap((step) => [
      ...(permission.replacement ? [] : [...losses(step), ...upgrades(step)]),
      ...leaks(step),
    ]);
}

function losses(step: Step): Finding[] {
  const why = irreplaceable[typeOf(step.urn)];
  if (!why || !(isReplaced(step) || isDeleted(step))) return [];
  const reasons = (step.replaceReasons ?? []).join(", ");
  return [
    {
      urn: step.urn,
      what: isDeleted(step) ? "would be deleted" : `would be replaced, because of ${reasons || "its type"}`,
      why,
      fix: isDeleted(step)
        ? "if it was only renamed or moved, give it an `aliases` option; else keep it"
        : "keep what it was created with; to move on purpose, make the new one beside it, move, then delete",
    },
  ];
}

const majorOf = (inputs: Inputs | undefined): number => Number.parseInt(String(inputs?.engineVersion), 10);

/** The engine shows it as an ordinary update. */
function upgrades({ urn, op, oldState, newState }: Step): Finding[] {
  const [before, after] = [majorOf(oldState?.inputs), majorOf(newState?.inputs)];
  if (typeOf(urn) !== "aws:rds/instance:Instance" || op !== "update" || !(after > before)) return [];
  return [
    {
      urn,
      what: `would be upgraded from PostgreSQL ${before} to ${after}`,
      why: "the service is down for as long as that takes, and no way leads back but a restore",
      fix: "keep the version; to upgrade on purpose, rehearse it on a restored copy and choose the time, as docs/upgrade.md says",
    },
  ];
}

function leaks(step: Step): Finding[] {
  const paths = secretsInClear(step);
  if (paths.length === 0) return [];
  return [
    {
      urn: step.urn,
      what: `holds in plain text: ${paths.join(", ")}`,
      why: "it is readable in the state, in this preview's log and by whoever may read the resource",
      fix: /^kubernetes:(?!core\/v1:Secret)/.test(typeOf(step.urn))
        ? "move it to a Kubernetes Secret; if it is none, give it another name"
        : "wrap it in `pulumi.secret(…)`, or take it from `config.requireSecret`",
    },
  ];
}

/** For logs; the comment has a form of its own. */
export const describe = ({ urn, what, why, fix }: Finding): string =>
  `${nameOf(urn)} (${typeOf(urn)}) ${what}\n  danger: ${why}\n  fix: ${fix}\n  or permit it: --allow '${urn}'`;
