// Odd values, each in a stack that is right otherwise.
import { MOST_REPLICAS } from "../../checks/addresses.ts";
import { EXTERNAL_SECRETS } from "../../settings/chart.ts";
import { DEBIAN_13 } from "../../settings/image.ts";

const HASH = "0".repeat(64);

/** As the program gets it, the reason that the message gives, and what ends the command that repairs it. */
export type Odd = [value: string, why?: string, fix?: string];

interface Refused {
  /** What the message says is allowed. */
  allowed: string;
  /** For values that have none of their own. */
  fix: string;
  values: readonly Odd[];
}

const odd = (...values: string[]): Odd[] => values.map((value) => [value]);
const because = (why: string, ...values: string[]): Odd[] => values.map((value) => [value, why]);

/** Numbers that aren't written as one: Pulumi hands over whatever YAML or the command line had. */
const noInteger = [
  ...odd(
    "",
    " ",
    "-1",
    "-0",
    "+3",
    "03",
    "3.0",
    "3e0",
    "1e2",
    "0x3",
    "0o3",
    "0b11",
    "3 ",
    "\t3",
    "3\n",
    "3,0",
  ),
  ...odd(
    "3_0",
    "three",
    "٣",
    "３",
    "³",
    "null",
    "true",
    "NaN",
    "Infinity",
    "[3]",
    '{"value":3}',
    "9".repeat(400),
  ),
];

export const single: Record<string, Refused> = {
  permissionsBoundary: {
    allowed: "the ARN of a policy",
    fix: "arn:aws:iam::123456789012:policy/Boundary",
    values: odd("", "Boundary", "arn:aws:iam::12:policy/Boundary", "arn:aws:iam::123456789012:role/Boundary"),
  },
  tags: {
    allowed: "at most 40 names with a text each",
    fix: "pulumi config rm tags",
    values: [
      ...because("no map of texts", "", "x", "[]", "null", '["team"]', '{"team":["a"]}', '{"team":1.5}'),
      ...because("because of", '{"":"a"}', '{"te\\nam":"a"}', '{"team\\"":"a"}'),
      ['{"aws:team":"a"}', 'because of "aws:team"', "pulumi config rm --path 'tags[\"aws:team\"]'"],
      ['{"a":"b","c":"d&e"}', 'because of "c"', "pulumi config rm --path 'tags[\"c\"]'"],
      ['{"Project":"a"}', 'because of "Project"', "pulumi config rm --path 'tags[\"Project\"]'"],
      ['{"Team":"a","team":"b"}', 'because of "team"', "pulumi config rm --path 'tags[\"team\"]'"],
    ],
  },
  protect: {
    allowed: "true, false",
    fix: "true",
    values: [
      ...odd("", "yes", "on", "1", "0", "y", "null", "~", "[true]", '"true"', "truе"),
      ...odd("True", " true", "TRUE\n"),
      ["FALSE", "", "false"],
    ],
  },
  networkCidr: {
    allowed: "a private /16 such as 10.0.0.0/16",
    fix: "10.0.0.0/16",
    values: [
      ...odd("", "x", "10.0.0.0", "10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/016", "10.0.0/16", "10.0.0.0.0/16"),
      ...odd(
        "10.256.0.0/16",
        "010.0.0.0/16",
        "10.0.0.0/16 ",
        "10.0.0.0/16\u200b",
        "１0.0.0.0/16",
        "0xa.0.0.0/16",
      ),
      ...odd(
        "167772160/16",
        "fd00::/16",
        "10.0.0.0/255.255.0.0",
        '["10.0.0.0/16"]',
        "10.0.0.0/16,10.1.0.0/16",
      ),
      ...because("which isn't private", "8.8.0.0/16", "172.15.0.0/16", "172.32.0.0/16", "192.169.0.0/16"),
      ...because("which isn't private", "100.64.0.0/16", "0.0.0.0/16"),
      ["10.0.1.0/16", "whose network is 10.0.0.0/16", "10.0.0.0/16"],
      ["172.20.3.4/16", "whose network is 172.20.0.0/16", "172.20.0.0/16"],
    ],
  },
  networkZones: {
    allowed: "2 to 3",
    fix: "3",
    values: [...odd("1", "4", "two", "2.5"), ...noInteger.slice(0, 3)],
  },
  networkNatGateways: {
    allowed: "one, per-zone",
    fix: "per-zone",
    values: [
      ...odd("none", "", "1", "per_zone", "perzone", "toString"),
      ["One", "", "one"],
      [" one\n", "", "one"],
    ],
  },
  imageBase: {
    allowed: "an image pinned by digest, name:tag@sha256:",
    fix: "python:3.13-slim@sha256:<64 hex digits>",
    values: [
      ...odd(
        "",
        "python",
        "python:3.13-slim",
        "python@sha256:abc",
        `python@sha512:${HASH}`,
        `@sha256:${HASH}`,
      ),
      ...odd(
        `python@sha256:${HASH}0`,
        `python@sha256:${"G".repeat(64)}`,
        `Python@sha256:${HASH}`,
        `-x@sha256:${HASH}`,
      ),
      ...odd(`python:@sha256:${HASH}`, `python:${"t".repeat(129)}@sha256:${HASH}`, `a//b@sha256:${HASH}`),
      ...odd(
        `python:3.13 @sha256:${HASH}`,
        `https://docker.io/python@sha256:${HASH}`,
        `python@sha256:${HASH}\n`,
      ),
      ...odd(
        `a..b/python@sha256:${HASH}`,
        `registry:port/python@sha256:${HASH}`,
        `python:3@sha256:${"A".repeat(64)}`,
      ),
    ],
  },
  imageRepository: {
    allowed: "the name of an ECR repository, or its ARN",
    fix: "service",
    values: odd(
      "",
      "Service",
      "service/",
      "/service",
      "service//api",
      "service:latest",
      "o".repeat(257),
      "arn:aws:ecr:eu-central-1:12345:repository/service",
      "arn:aws:ecr:eu-central-1:123456789012:service",
      "null ",
    ).concat([
      [
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/service",
        "which is its address",
        "arn:aws:ecr:eu-central-1:123456789012:repository/service",
      ],
    ]),
  },
  imageDigest: {
    allowed: "a digest, sha256:<64 hex digits>, of an image in the repository",
    fix: "sha256:<64 hex digits>",
    values: odd(
      "",
      "latest",
      "sha256:abc",
      `service@sha256:${HASH}`,
      HASH,
      `SHA256:${HASH}`,
      `sha256:${HASH} `,
      "null",
    ),
  },
  clusterVersion: {
    allowed: "1.34, 1.35, 1.36",
    fix: "1.35",
    values: odd(
      "",
      "1.29",
      "latest",
      "1",
      "1.3",
      "1.4",
      "v1.35",
      "1.35.1",
      "1.35 ",
      "1,35",
      "1.٣5",
      "1.35-eks",
      "2.0",
    ),
  },
  clusterPublicAccessCidrs: {
    allowed: "a list of at most 40 public IPv4 CIDRs of a /8 or smaller, each once",
    fix: `--path 'clusterPublicAccessCidrs[0]' "$(curl -s https://checkip.amazonaws.com)/32"`,
    values: [
      ...because(
        "which is no list",
        "",
        "8.8.8.0/24",
        '"8.8.8.0/24"',
        '{"0":"8.8.8.0/24"}',
        "null",
        "true",
        "[8.8.8.0/24]",
      ),
      ...because(
        "where [0] is",
        '["0.0.0.0/0"]',
        '["0.0.0.0/1","128.0.0.0/1"]',
        '["8.8.8.8"]',
        '["8.8.8.0/33"]',
        '[""]',
      ),
      ...because(
        "where [0] is",
        "[null]",
        "[true]",
        "[8.8]",
        '[["8.8.8.0/24"]]',
        '[{"cidr":"8.8.8.0/24"}]',
        '["::/0"]',
      ),
      ...because('where [0] is "8.8.8.0/24 "', '["8.8.8.0/24 "]'),
      ...because("reserved: nobody comes from 10.0.0.0/8", '["10.1.0.96/27"]', '["10.0.0.0/8"]'),
      ...because("reserved: nobody comes from 172.16.0.0/12", '["172.16.0.0/12"]', '["172.31.0.0/16"]'),
      ...because("reserved: nobody comes from 192.168.0.0/16", '["192.168.0.0/24"]', '["192.0.0.0/8"]'),
      ...because("reserved: nobody comes from 203.0.113.0/24", '["203.0.113.0/24"]', '["203.0.113.7/32"]'),
      ...because(
        "reserved",
        '["127.0.0.1/32"]',
        '["169.254.169.254/32"]',
        '["100.64.0.0/10"]',
        '["224.0.0.1/32"]',
      ),
      ['["8.8.8.8/24"]', "whose network is 8.8.8.0/24", "--path 'clusterPublicAccessCidrs[0]' 8.8.8.0/24"],
      [
        '["9.9.9.0/24","8.8.8.255/31"]',
        'where [1] is "8.8.8.255/31", whose network is 8.8.8.254/31',
        "--path 'clusterPublicAccessCidrs[1]' 8.8.8.254/31",
      ],
      [
        '["8.8.8.0/24","9.9.9.0/24","8.8.8.0/24"]',
        'which has "8.8.8.0/24" twice',
        "pulumi config rm --path 'clusterPublicAccessCidrs[2]'",
      ],
      [
        JSON.stringify(Array.from({ length: 41 }, (_, index) => `8.8.${index}.0/24`)),
        "which has 41",
        "pulumi config rm --path 'clusterPublicAccessCidrs[40]'",
      ],
    ],
  },
  clusterAdminArns: {
    allowed: "a list of ARNs of IAM roles or users, each once",
    fix: "--path 'clusterAdminArns[0]' arn:aws:iam::123456789012:role/Operators",
    values: [
      ...because("which is no list", "arn:aws:iam::123456789012:role/Operators"),
      ...because(
        "where [0] is",
        "[3]",
        '["me"]',
        '["arn:aws-cn:iam::123456789012:role/Operators"]',
        '["arn:aws:iam::12:role/A"]',
      ),
      ...because(
        "where [0] is",
        '["arn:aws:iam::123456789012:root"]',
        '["arn:aws:iam::123456789012:group/Operators"]',
      ),
      ...because(
        "where [0] is",
        '["arn:aws:sts::123456789012:assumed-role/Operators/me"]',
        '["arn:aws:iam::123456789012:role/"]',
      ),
      ...because(
        "where [0] is",
        '["arn:aws:iam:eu-central-1:123456789012:role/A"]',
        '["arn:aws:iam::123456789012:role/*"]',
      ),
      ...because(
        "where [0] is",
        `["arn:aws:iam::123456789012:role/${"r".repeat(65)}"]`,
        '["arn:aws:iam::12345678901٢:role/A"]',
      ),
      ...because(
        "which only its service can assume",
        '["arn:aws:iam::123456789012:role/aws-service-role/eks/A"]',
      ),
      [
        '["arn:aws:iam::123456789012:role/A","arn:aws:iam::123456789012:role/a"]',
        "twice",
        "pulumi config rm --path 'clusterAdminArns[1]'",
      ],
    ],
  },
  databaseInstanceClass: {
    allowed: "db.t4g.micro, ",
    fix: "db.m7g.large",
    values: [
      ...odd("", "db.t4g.tiny", "m7g.large", "db.m7g.large ​", "constructor"),
      ["DB.T4G.MICRO", "", "db.t4g.micro"],
    ],
  },
  databaseEngineVersion: {
    allowed: "PostgreSQL 15 to 18",
    fix: "17",
    values: [
      ...odd("", "13", "19", "17.", "17.5.1", "v17", "17 ", "postgres17", "1e1", "17,5", "１7", "latest"),
      ["15.0", "which isn't among 15.13 to 15.18", "15.13"],
      ["17.99", "which isn't among 17.5 to 17.10", "17.10"],
      ["17.19", "which isn't among 17.5 to 17.10", "17.10"],
      ["17.1", "17.10 needs quotes", "17.10"],
      ["18.0", "which isn't among 18.1 to 18.4", "18.1"],
    ],
  },
  databaseMaxStorageGiB: {
    allowed: "0 to 65536 GiB",
    fix: "200",
    values: odd("-1", "65537", "200GiB", "unlimited"),
  },
  databaseStorageGiB: {
    allowed: "20 to 65536 GiB",
    fix: "100",
    values: odd("0", "19", "65537", "100GiB", "100 GiB", "1e3", "0x64", "9007199254740993"),
  },
  externalSecrets: { allowed: "true, false", fix: "false", values: odd("yes", "1") },
  externalSecretsChart: {
    allowed: "oci://repository:version, or the path of a packaged chart, *.tgz",
    fix: EXTERNAL_SECRETS,
    values: [
      ...odd("", "external-secrets", "https://charts.external-secrets.io", "https://example.com/chart.tgz"),
      ...odd("oci://ghcr.io/charts/one", "oci://ghcr.io/charts/one:latest", "oci://ghcr.io:2.12.0"),
      ...because("where there is no file", "elsewhere/chart.tgz", "/elsewhere/chart.tgz"),
    ],
  },
  poolerReplicas: { allowed: "0 to 10", fix: "0", values: odd("-1", "11", "two", "1.5") },
  poolerSize: { allowed: "1 to 1000", fix: "20", values: odd("0", "1001", "20 connections") },
  poolerCpuRequest: {
    allowed: "a quantity such as 200m or 1, from 10m to 191",
    fix: "100m",
    values: odd("", "0", "0.1", "9m", "192"),
  },
  poolerMemoryLimit: {
    allowed: "a quantity such as 256Mi or 1Gi, from 32Mi to 672Gi",
    fix: "128Mi",
    values: [...odd("", "128", "128MB"), ...because("in which PgBouncer has no room for clients", "31Mi")],
  },
  poolerBase: {
    allowed: "an image pinned by digest, name:tag@sha256:",
    fix: DEBIAN_13,
    values: odd("", "debian", "debian:trixie-slim", "debian@sha256:abc"),
  },
  databaseRestoreTime: {
    allowed: "a time in UTC such as 2026-11-25T10:30:00Z",
    fix: "2026-11-25T10:30:00Z",
    values: odd("", "latest", "2026-11-25", "2026-11-25 10:30:00", "2026-11-25T10:30:00+01:00", "1764066600"),
  },
  databaseRestoreSource: {
    allowed: "an instance's identifier, or the resource id (db-…) of one that is deleted",
    fix: "fastapi-eks-prod",
    values: odd("", "Prod", "-prod", "prod-", "pro--d", "prod.example.com"),
  },
  databaseRestoreSnapshot: {
    allowed: "a snapshot's identifier or ARN",
    fix: "rds:fastapi-eks-prod-2026-11-25-03-12",
    values: odd("", "-last", "last-", "la--st", "snap shot", "arn:aws:s3:::bucket"),
  },
  databaseMultiAz: { allowed: "true, false", fix: "true", values: odd("yes", "2", "multi") },
  databaseFinalSnapshot: { allowed: "true, false", fix: "true", values: odd("no", "skip") },
  databaseBackupRetentionDays: {
    allowed: "1 to 35 days",
    fix: "14",
    values: odd("0", "36", "14d", "2 weeks"),
  },
  databaseCredential: { allowed: "1 to 1000000", fix: "1", values: odd("0", "1000001", "a") },
  databasePoolSize: { allowed: "1 to 100", fix: "10", values: odd("0", "101", "5.5") },
  databaseMaxOverflow: { allowed: "0 to 100", fix: "0", values: [...odd("101", "00"), ["-0"]] },
  databasePoolPrePing: { allowed: "true, false", fix: "true", values: odd("ping") },
  databasePoolRecycleSeconds: {
    allowed: "30 to 86400 seconds",
    fix: "1800",
    values: odd("1", "86401", "-1", "30m"),
  },
  databaseConnectTimeoutSeconds: {
    allowed: "1 to 30 seconds",
    fix: "3",
    values: odd("0", "31", "3s", "PT3S"),
  },
  databaseCommandTimeoutSeconds: {
    allowed: "1 to 50 seconds",
    fix: "2",
    values: odd("2s", "51", "0.5", "2000ms"),
  },
  databaseCaBundle: {
    allowed: "amazon-rds or the path of a PEM file with a certificate authority that hasn't expired",
    fix: "amazon-rds",
    values: [
      ...because(
        "where there is no file",
        "no/such.pem",
        "AMAZON-RDS",
        "amazon-rds ",
        "https://truststore.pki.rds.amazonaws.com",
      ),
      ...because(
        "where there is no file",
        "",
        '["ca.pem"]',
        "\u0000",
        "package.json/ca.pem",
        "x".repeat(5000),
      ),
      ...because("which is a folder", ".", "/", "test"),
      ...because("which is no plain file", "/dev/zero"),
      ...because("which holds no certificate", "package.json"),
    ],
  },
  migrationBackoffLimit: { allowed: "0 to 10", fix: "3", values: odd("11", "-1", "unlimited") },
  migrationDeadlineSeconds: {
    allowed: "60 to 3600 seconds",
    fix: "120",
    values: odd("5", "59", "3601", "2m"),
  },
  migrationAcknowledgedRevisions: {
    allowed: "a list of ids of Alembic revisions in quotes",
    fix: "--path 'migrationAcknowledgedRevisions[0]' 0004",
    values: [
      ...because("which is no list", "0002", '"0002"', "all", "*"),
      ...because("where [0] is", '[""]', '["0002 "]', "[null]", "[2.5]", '[["0002"]]', '["0002\\n"]'),
      ['["0002","0002"]', "twice", "pulumi config rm --path 'migrationAcknowledgedRevisions[1]'"],
    ],
  },
  appMinReplicas: {
    allowed: `1 to ${MOST_REPLICAS}`,
    fix: "3",
    values: [...noInteger, ...odd("0", String(MOST_REPLICAS + 1))],
  },
  appMaxReplicas: {
    allowed: `1 to ${MOST_REPLICAS} (as many as one zone has addresses for)`,
    fix: "12",
    values: odd("1001", "1e2", "0"),
  },
  appTargetCpuPercent: { allowed: "65 to 75 percent", fix: "70", values: odd("64", "76", "70%", "0.7") },
  appTargetMemoryPercent: { allowed: "0 to 100 percent", fix: "0", values: odd("-1", "101", "80%", "0.8") },
  appTargetRequestsInFlight: { allowed: "0 to 10000", fix: "0", values: odd("-1", "10001", "2.5", "many") },
  appWorkers: { allowed: "1 to 16", fix: "1", values: odd("0", "17", "-1", "1.5", "two", "auto", "1e1") },
  appCpuRequest: {
    allowed: "a quantity such as 200m or 1, from 10m to 191",
    fix: "200m",
    values: [
      ...odd(
        "",
        "0",
        "0m",
        "-1",
        "0.2",
        "1.5",
        "0.2 cores",
        "200M",
        "200 m",
        "200m ",
        "m",
        "1k",
        "1e3",
        "２00m",
        "200u",
        "1,5",
      ),
      ...because("too little to measure its use", "1m", "9m"),
      ...because("which no node has for a pod", "192", "191001m", "1000", "9".repeat(30)),
    ],
  },
  appMemoryRequest: {
    allowed: "a quantity such as 256Mi or 1Gi, from 96Mi to 672Gi",
    fix: "256Mi",
    values: [
      ...odd(
        "",
        "0",
        "256",
        "256M",
        "256MB",
        "256mi",
        "256 Mi",
        "1.5Gi",
        "1e3Mi",
        "-256Mi",
        "256Mi\n",
        "1Ti",
        "٢56Mi",
        "Mi",
        "0Mi",
      ),
      ...because("in which the service doesn't start", "1Mi", "95Mi"),
      ...because("which no node has for a pod", "673Gi", "999999999Gi"),
    ],
  },
  appMemoryLimit: {
    allowed: "from 96Mi to 672Gi",
    fix: "512Mi",
    values: [
      ...because("in which the service doesn't start", "16Mi", "64Mi"),
      ...odd("unlimited", "512m", "512Ki"),
    ],
  },
  appLogLevel: {
    allowed: "DEBUG, INFO, WARNING, ERROR",
    fix: "INFO",
    values: [
      ...odd("", "TRACE", "WARN", "20", '["INFO"]'),
      ["debug", "", "DEBUG"],
      ["Warning ", "", "WARNING"],
    ],
  },
  loadBalancerScheme: {
    allowed: "none, internet, internal",
    fix: "none",
    values: odd("", "public", "internet-facing", "true", "toString"),
  },
  loadBalancerDomain: {
    allowed: "one host name in small letters with a dot, of at most 64 characters",
    fix: "orders.example.com",
    values: [
      ...odd(
        "",
        "localhost",
        "*.example.com",
        "https://a.example.com",
        "a.example.com:443",
        "a.example.com.",
      ),
      ...odd("A.example.com", "a..example.com", "-a.example.com", "10.0.0.1", "a.example.com\n", "bücher.de"),
      ...because("longer than 64 characters", `${"a".repeat(53)}.example.com`),
    ],
  },
  loadBalancerHostedZone: {
    allowed: "one host name in small letters with a dot, of at most 64 characters",
    fix: "example.com",
    values: odd("", "com", "Z0123456789ABCDEFGHIJ", "example.com.", "*.example.com"),
  },
  loadBalancerAllowedCidrs: {
    allowed: "a list of at most 30 IPv4 CIDRs, each once",
    fix: "--path 'loadBalancerAllowedCidrs[0]' \"$(curl -s https://checkip.amazonaws.com)/32\"",
    values: [
      ...because("which is no list", "", "0.0.0.0/0", "8.8.8.8/32,8.8.4.4/32"),
      ...because("where [0] is", '["8.8.8.8"]', '["8.8.8.8/33"]', '["::/0"]', '["256.0.0.0/8"]'),
      ['["8.8.8.8/16"]', "whose network is 8.8.0.0/16", "--path 'loadBalancerAllowedCidrs[0]' 8.8.0.0/16"],
    ],
  },
  loadBalancerWebAclArn: {
    allowed: "the ARN of a regional web ACL of AWS WAF",
    fix: "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11",
    values: [
      ...odd("", "shop", "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop"),
      ...because(
        "which is CloudFront's",
        "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11",
      ),
    ],
  },
  loadBalancerAccessLogDays: { allowed: "0 to 3650 days", fix: "90", values: odd("-1", "3651") },
  appDocs: { allowed: "true, false", fix: "false", values: odd("off", "public") },
  appCallers: {
    allowed: "a list of names of namespaces",
    fix: "--path 'appCallers[0]' canary",
    values: [
      ...odd("canary", '"canary"', "{}", '[""]'),
      ['["canary","Shop"]', 'where [1] is "Shop"', "--path 'appCallers[1]' canary"],
      ['["canary","canary"]', 'which has "canary" twice', "pulumi config rm --path 'appCallers[1]'"],
    ],
  },
  appAllowedHosts: {
    allowed: "a list of host names in small letters, *.example.com for every subdomain, each once",
    fix: "--path 'appAllowedHosts[0]' api.example.com",
    values: [
      ...because("which is no list", "", "a.com", "a.com,b.com", "*", "true"),
      ...because(
        "where [0] is",
        '["http://a.com"]',
        '["a.com:8080"]',
        '["a.com/"]',
        '["*"]',
        '["*.com"]',
        '["a.*.com"]',
        '["*a.com"]',
      ),
      ...because(
        "where [0] is",
        '["a..com"]',
        '[".a.com"]',
        '["a.com."]',
        '["-a.com"]',
        '["a-.com"]',
        '["*.-a.com"]',
        '["a_b.com"]',
      ),
      ...because(
        "where [0] is",
        '["A.com"]',
        '["a.com "]',
        '["bücher.de"]',
        '["10.0.0.1"]',
        '["[::1]"]',
        "[8]",
        '["a.com\\n"]',
        '["*."]',
      ),
      ...because("where [0] is", `["${"a".repeat(64)}.com"]`, '["a.com,b.com"]', '["а.com"]'),
      ...because("longer than 253 characters", `["${`${"a".repeat(60)}.`.repeat(5)}com"]`),
      ['["b.com","a..com"]', 'where [1] is "a..com"', "--path 'appAllowedHosts[1]' api.example.com"],
      ['["a.com","a.com"]', 'which has "a.com" twice', "pulumi config rm --path 'appAllowedHosts[1]'"],
    ],
  },
  appDeregistrationSeconds: { allowed: "0 to 290 seconds", fix: "30", values: odd("-1", "291") },
  appPreStopSeconds: { allowed: "10 to 300 seconds", fix: "40", values: odd("0", "9", "301") },
  appGracefulTimeoutSeconds: { allowed: "2 to 300 seconds", fix: "25", values: odd("1", "301") },
  appTerminationGracePeriodSeconds: { allowed: "17 to 900 seconds", fix: "75", values: odd("16", "901") },
  appRequestTimeoutSeconds: {
    allowed: "2 to 59 seconds (less than a load balancer waits",
    fix: "20",
    values: odd("1", "60"),
  },
  appKeepAliveSeconds: {
    allowed: "61 to 3600 seconds (more than a load balancer's idle timeout",
    fix: "75",
    values: odd("60", "3601"),
  },
};
