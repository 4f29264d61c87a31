import { MOST_POOLERS, MOST_REPLICAS } from "./checks/addresses.ts";
import { PROPAGATION_SECONDS, SHORTEST_GRACE } from "./checks/grace.ts";
import { LONGEST_REQUEST, SHORTEST_KEEP_ALIVE, SHORTEST_REQUEST } from "./checks/timeouts.ts";
import { AMAZON } from "./components/authorities.ts";
import { instanceClasses } from "./components/instance-classes.ts";
import { authorities } from "./settings/authorities.ts";
import { EXTERNAL_SECRETS, helmChart } from "./settings/chart.ts";
import { anyCidr, MOST_ALLOWED_CIDRS, MOST_PUBLIC_CIDRS, publicCidr, vpcCidr } from "./settings/cidr.ts";
import { offered } from "./settings/eks-versions.ts";
import { DEBIAN_13, imageDigest, imageRepository, pinnedImage } from "./settings/image.ts";
import { instant } from "./settings/instant.ts";
import { adminArn, domainName, hostPattern, namespaceName, webAclArn } from "./settings/names.ts";
import type { Values } from "./settings/parse.ts";
import { postgresVersion } from "./settings/postgres-versions.ts";
import { cpu, memory, poolerMemory } from "./settings/quantity.ts";
import { tags } from "./settings/tags.ts";
import { choice, flag, integer, list, optional, seconds, text } from "./settings/types.ts";

/**
 * Everything that a stack may set. Defaults suit production; `npm run settings` writes
 * docs/settings.md and the schema in Pulumi.yaml from here.
 */
export const table = {
  protect: flag({
    default: true,
    about:
      "Refuse to delete the cluster, the database and the load balancer, and never delete pushed images.",
  }),
  tags: tags({ about: "Tags of everything that takes them, besides `project` and `environment`." }),
  permissionsBoundary: optional(
    text({
      pattern: /arn:aws:iam::\d{12}:policy\/[\w+=,.@/-]+/,
      allowed: "the ARN of a policy",
      example: "arn:aws:iam::123456789012:policy/Boundary",
      about: "Permissions boundary of every IAM role that the stack makes, such as the one of `bootstrap/`.",
    }),
  ),
  externalSecrets: flag({
    default: false,
    about:
      "Have the Secrets of the service's pods come from AWS Secrets Manager, by External Secrets Operator.",
  }),
  externalSecretsChart: text({
    default: EXTERNAL_SECRETS,
    ...helmChart,
    about: "Helm chart of External Secrets Operator, where externalSecrets is true.",
  }),
  network: {
    cidr: text({
      default: "10.0.0.0/16",
      ...vpcCidr,
      about: "Addresses of the VPC. A change replaces everything.",
    }),
    zones: integer({
      default: 3,
      range: [2, 3],
      about: "Availability zones in use. EKS keeps a cluster to the zones that it was made in.",
    }),
    natGateways: choice({
      of: ["one", "per-zone"],
      default: "per-zone",
      about: "`one` is cheaper, but an outage of its zone cuts every node off from the internet.",
    }),
  },
  image: {
    base: text({
      ...pinnedImage,
      about: "Image that the service's image is built from.",
    }),
    digest: optional(
      text({
        ...imageDigest,
        about: "Run this image of the repository, and build none: to roll back, or to promote.",
      }),
    ),
    repository: optional(
      text({
        ...imageRepository,
        about:
          "Repository that stacks share, such as the one of `bootstrap/`. Without it the stack has its own.",
      }),
    ),
  },
  cluster: {
    version: choice({
      of: offered,
      default: "1.35",
      about:
        "Kubernetes version of the control plane. It goes up by one minor version at a time, and back by one within 7 days.",
    }),
    publicAccessCidrs: list({
      ...publicCidr,
      most: MOST_PUBLIC_CIDRS,
      about:
        "Networks that may reach the Kubernetes API from outside. Without any, run Pulumi where it reaches the VPC.",
    }),
    adminArns: list({
      ...adminArn,
      about: "Who administers the cluster, besides whoever created it.",
    }),
  },
  loadBalancer: {
    scheme: choice({
      of: ["none", "internet", "internal"],
      default: "none",
      about: "Who may find the load balancer: nobody, everybody, or whoever reaches the VPC.",
    }),
    domain: optional(
      text({
        ...domainName,
        about:
          "Name that the service answers to, over HTTPS alone. Without one, it is HTTP at a name of AWS'.",
      }),
    ),
    hostedZone: optional(
      text({
        ...domainName,
        example: "example.com",
        about: "Public hosted zone in Route 53 that loadBalancerDomain is in, and that this account has.",
      }),
    ),
    allowedCidrs: list({
      ...anyCidr,
      most: MOST_ALLOWED_CIDRS,
      about:
        "Networks that the load balancer takes requests from. Without any, everybody, or the VPC if it is internal.",
    }),
    webAclArn: optional(
      text({
        ...webAclArn,
        about: "Web ACL of AWS WAF that every request has to pass; it is made elsewhere.",
      }),
    ),
    accessLogDays: integer({
      default: 90,
      range: [0, 3650],
      unit: "days",
      about: "How long the load balancer's access logs are kept, in a bucket of the stack; 0 for none.",
    }),
  },
  database: {
    instanceClass: choice({
      of: instanceClasses,
      default: "db.m7g.large",
      about: "Class of the RDS instance; its memory limits the connections.",
    }),
    engineVersion: text({
      ...postgresVersion,
      default: "17",
      about: "PostgreSQL version. With a major version alone, AWS applies the minor ones.",
    }),
    storageGiB: integer({
      default: 100,
      range: [20, 65536],
      unit: "GiB",
      about: "Size of the volume at first. It can grow by a tenth or more, never shrink.",
    }),
    maxStorageGiB: integer({
      default: 200,
      range: [0, 65536],
      unit: "GiB",
      about: "Size up to which the volume grows by itself when it is almost full; 0 for not at all.",
    }),
    multiAz: flag({ default: true, about: "A standby in another zone." }),
    finalSnapshot: flag({
      default: true,
      about:
        "Keep a last snapshot, its key and the automated backups when the database is deleted; of SQLite, its volume and copies.",
    }),
    backupRetentionDays: integer({
      default: 14,
      range: [1, 35],
      unit: "days",
      about: "How far back the database can be restored.",
    }),
    restoreTime: optional(
      instant({
        about:
          "Bring up another instance with the data as it was then, and move the service to it. Keep it set.",
      }),
    ),
    restoreSource: optional(
      text({
        pattern: /[a-z](-?[a-z0-9])*|db-[A-Z0-9]+/,
        allowed: "an instance's identifier, or the resource id (db-…) of one that is deleted",
        example: "fastapi-eks-prod",
        about: "Instance that databaseRestoreTime is about; without it, the stack's own first one.",
      }),
    ),
    restoreSnapshot: optional(
      text({
        pattern: /(arn:aws:rds:[a-z0-9-]+:\d{12}:snapshot:)?(rds:)?[A-Za-z](-?[A-Za-z0-9])*/,
        allowed: "a snapshot's identifier or ARN",
        example: "rds:fastapi-eks-prod-2026-11-25-03-12",
        about: "Bring up another instance with a snapshot's data, and move the service to it. Keep it set.",
      }),
    ),
    poolSize: integer({ default: 10, range: [1, 100], about: "Connections that a pod keeps open." }),
    maxOverflow: integer({
      default: 0,
      range: [0, 100],
      about: "Connections that a pod adds under load, and closes after use: each costs a TLS handshake.",
    }),
    poolPrePing: flag({
      default: true,
      about: "Replace a pooled connection that broke, before its use, so that requests survive a failover.",
    }),
    poolRecycleSeconds: seconds({
      default: 1800,
      range: [30, 86400],
      about: "Age at which a pooled connection is replaced.",
    }),
    connectTimeoutSeconds: seconds({
      default: 3,
      range: [1, 30],
      about: "Longest that opening a connection may take; a transaction's limit may be shorter.",
    }),
    commandTimeoutSeconds: seconds({
      default: 2,
      range: [1, 50],
      about:
        "Limit for one statement of the API. Its transaction, connecting included, gets half a second more.",
    }),
    credential: integer({
      default: 1,
      range: [1, 1_000_000],
      about:
        "Which of the service's logins its pods use. One more makes another password, and pods move over without a failed request.",
    }),
    caBundle: text({
      default: AMAZON,
      ...authorities,
      about: "Certificate authorities that the database's certificate is verified against.",
    }),
  },
  pooler: {
    replicas: integer({
      default: 0,
      range: [0, MOST_POOLERS],
      about:
        "Pods of PgBouncer between the service and PostgreSQL; 0 for none: pods then connect themselves.",
    }),
    size: integer({
      default: 20,
      range: [1, 1000],
      about: "Connections to PostgreSQL that each of them opens for a login.",
    }),
    cpuRequest: text({
      default: "100m",
      ...cpu,
      about: "CPU reserved for each; more than 1 is of no use to it.",
    }),
    memoryLimit: text({
      default: "128Mi",
      ...poolerMemory,
      about: "Memory reserved for each, and at which it is killed.",
    }),
    base: text({
      default: DEBIAN_13,
      ...pinnedImage,
      about: "Image that PgBouncer's image is built from: a Debian 13.",
    }),
  },
  migration: {
    backoffLimit: integer({ default: 3, range: [0, 10], about: "Retries of a failed migration." }),
    deadlineSeconds: seconds({
      default: 120,
      range: [60, 3600],
      about: "Longest that the migration may take, its retries and a new node's start included.",
    }),
    acknowledgedRevisions: list({
      pattern: /\S+/,
      allowed: 'ids of Alembic revisions in quotes, such as "0004"',
      example: "0004",
      about: "Revisions that may run although they change or take away what the running version may need.",
    }),
  },
  app: {
    minReplicas: integer({ default: 3, range: [1, MOST_REPLICAS], about: "Fewest pods of the service." }),
    maxReplicas: integer({
      default: 12,
      range: [1, MOST_REPLICAS],
      because: "as many as one zone has addresses for",
      about: "Most pods of the service.",
    }),
    targetCpuPercent: integer({
      default: 70,
      range: [65, 75],
      unit: "percent",
      about: "Average CPU use, as a share of appCpuRequest, above which pods are added.",
    }),
    targetMemoryPercent: integer({
      default: 0,
      range: [0, 100],
      unit: "percent",
      about:
        "Average memory, as a share of appMemoryRequest, above which pods are added; 0 for not at all. Only for a service whose memory shrinks when its requests do.",
    }),
    targetRequestsInFlight: integer({
      default: 0,
      range: [0, 10_000],
      about:
        "Average requests in flight of a pod, above which pods are added; 0 for not at all. One more pod collects them.",
    }),
    workers: integer({
      default: 1,
      range: [1, 16],
      about:
        "Processes that serve in each pod, each with its own pool of connections. More than one needs more of appCpuRequest to be of use.",
    }),
    cpuRequest: text({
      default: "200m",
      ...cpu,
      about: "CPU reserved for each pod. There is no CPU limit: it would only throttle.",
    }),
    memoryRequest: text({ default: "256Mi", ...memory, about: "Memory reserved for each pod." }),
    memoryLimit: text({ default: "512Mi", ...memory, about: "Memory at which a pod is killed." }),
    logLevel: choice({
      of: ["DEBUG", "INFO", "WARNING", "ERROR"],
      default: "INFO",
      about: "Lowest level that is logged.",
    }),
    docs: flag({ default: false, about: "Serve /docs and /openapi.json." }),
    allowedHosts: list({
      ...hostPattern,
      about:
        "Host headers that are answered, besides loadBalancerDomain, the Service's own names and localhost.",
    }),
    callers: list({
      ...namespaceName,
      about: "Namespaces of the cluster whose pods may call the service. Those of all others are cut off.",
    }),
    deregistrationSeconds: seconds({
      default: 30,
      range: [0, 290],
      about: "How long a load balancer takes to let go of a pod; 0 where there is none.",
    }),
    preStopSeconds: seconds({
      default: 40,
      range: [PROPAGATION_SECONDS, 300],
      about:
        "How long a stopping pod keeps serving before SIGTERM: appDeregistrationSeconds, and 10 until every node knows.",
    }),
    gracefulTimeoutSeconds: seconds({
      default: 25,
      range: [SHORTEST_REQUEST, 300],
      about: "How long SIGTERM waits for requests in flight.",
    }),
    terminationGracePeriodSeconds: seconds({
      default: 75,
      range: [SHORTEST_GRACE, 900],
      about: "Seconds after which Kubernetes kills a stopping pod, preStop included.",
    }),
    requestTimeoutSeconds: seconds({
      default: 20,
      range: [SHORTEST_REQUEST, LONGEST_REQUEST],
      because: "less than a load balancer waits, or it answers 504 first",
      about: "Longest that a request may take.",
    }),
    keepAliveSeconds: seconds({
      default: 75,
      range: [SHORTEST_KEEP_ALIVE, 3600],
      because: "more than a load balancer's idle timeout, or reused connections break",
      about: "How long an idle connection stays open.",
    }),
  },
} as const;

export type Settings = Values<typeof table>;
