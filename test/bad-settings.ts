/** What to set, and of the message: got, allowed, and the value that the repairing command sets. */
export type Wrong = [set: Record<string, string>, got: string, allowed: string, fix: string];

export const integers: Wrong[] = [
  [{ networkZones: "1" }, '"1"', "2 to 3", "networkZones 3"],
  [{ networkZones: "4" }, '"4"', "2 to 3", "networkZones 3"],
  [{ networkZones: "two" }, '"two"', "2 to 3", "networkZones 3"],
  [{ networkZones: "" }, '""', "2 to 3", "networkZones 3"],
  [{ networkZones: "2.5" }, '"2.5"', "2 to 3", "networkZones 3"],
  [{ networkZones: "0x2" }, '"0x2"', "2 to 3", "networkZones 3"],
  [{ databaseStorageGiB: "19" }, '"19"', "20 to 65536 GiB", "databaseStorageGiB 100"],
  [{ databaseBackupRetentionDays: "0" }, '"0"', "1 to 35 days", "databaseBackupRetentionDays 14"],
  [{ databaseBackupRetentionDays: "36" }, '"36"', "1 to 35 days", "databaseBackupRetentionDays 14"],
  [{ databasePoolSize: "0" }, '"0"', "1 to 100", "databasePoolSize 5"],
  [{ databaseMaxOverflow: "-1" }, '"-1"', "0 to 100", "databaseMaxOverflow 5"],
  [{ databaseConnectTimeoutSeconds: "0" }, '"0"', "1 to 30 seconds", "databaseConnectTimeoutSeconds 3"],
  [{ databaseCommandTimeoutSeconds: "2s" }, '"2s"', "1 to 50 seconds", "databaseCommandTimeoutSeconds 2"],
  [{ databasePoolRecycleSeconds: "1" }, '"1"', "30 to 86400 seconds", "databasePoolRecycleSeconds 1800"],
  [{ migrationBackoffLimit: "11" }, '"11"', "0 to 10", "migrationBackoffLimit 3"],
  [{ migrationDeadlineSeconds: "5" }, '"5"', "30 to 3600 seconds", "migrationDeadlineSeconds 120"],
  [{ appReplicas: "0" }, '"0"', "1 to 100", "appReplicas 3"],
  [{ appPreStopSeconds: "0" }, '"0"', "1 to 300 seconds", "appPreStopSeconds 40"],
];

export const texts: Wrong[] = [
  [{ networkCidr: "10.0.0.0/24" }, '"10.0.0.0/24"', "a private /16", "networkCidr 10.0.0.0/16"],
  [{ networkCidr: "10.0.1.0/16" }, '"10.0.1.0/16"', "a private /16", "networkCidr 10.0.0.0/16"],
  [{ networkCidr: "8.8.0.0/16" }, '"8.8.0.0/16"', "a private /16", "networkCidr 10.0.0.0/16"],
  [{ networkCidr: "10.256.0.0/16" }, '"10.256.0.0/16"', "a private /16", "networkCidr 10.0.0.0/16"],
  [{ networkCidr: "172.32.0.0/16" }, '"172.32.0.0/16"', "a private /16", "networkCidr 10.0.0.0/16"],
  [{ networkNatGateways: "none" }, '"none"', "one, per-zone", "networkNatGateways per-zone"],
  [
    { imageBase: "python:3.13-slim" },
    '"python:3.13-slim"',
    "pinned by digest",
    "imageBase python:3.13-slim@sha256",
  ],
  [
    { imageBase: "python@sha256:abc" },
    '"python@sha256:abc"',
    "pinned by digest",
    "imageBase python:3.13-slim@",
  ],
  [{ clusterVersion: "1.29" }, '"1.29"', "from 1.33", "clusterVersion 1.34"],
  [{ clusterVersion: "latest" }, '"latest"', "from 1.33", "clusterVersion 1.34"],
  [
    { databaseInstanceClass: "db.t4g.tiny" },
    '"db.t4g.tiny"',
    "db.t4g.micro, ",
    "databaseInstanceClass db.m7g.large",
  ],
  [{ databaseEngineVersion: "13" }, '"13"', "PostgreSQL 15 to 18", "databaseEngineVersion 17"],
  [{ databaseMultiAz: "yes" }, '"yes"', "true, false", "databaseMultiAz true"],
  [{ protect: "True" }, '"True"', "true, false", "protect true"],
  [{ appCpuRequest: "0.2 cores" }, '"0.2 cores"', "such as 200m or 1", "appCpuRequest 200m"],
  [{ appMemoryRequest: "256MB" }, '"256MB"', "such as 256Mi or 1Gi", "appMemoryRequest 256Mi"],
  [{ appLogLevel: "info" }, '"info"', "DEBUG, INFO, WARNING, ERROR", "appLogLevel INFO"],
  [
    { databaseCaBundle: "no/such.pem" },
    "no/such.pem, which holds no cert",
    "amazon-rds or",
    "databaseCaBundle amazon-rds",
  ],
  [
    { databaseCaBundle: "package.json" },
    "package.json, which holds no",
    "amazon-rds or",
    "databaseCaBundle amazon-rds",
  ],
];

export const lists: Wrong[] = [
  [
    { appAllowedHosts: "a.com" },
    '"a.com"',
    "a list of host names",
    "--path 'appAllowedHosts[0]' orders.example.com",
  ],
  [
    { appAllowedHosts: '["http://a.com"]' },
    "http://a.com",
    "a list of host",
    "--path 'appAllowedHosts[0]' orders.ex",
  ],
  [
    { appAllowedHosts: '["a.com","a.com"]' },
    "a.com",
    "each once",
    "--path 'appAllowedHosts[0]' orders.example.com",
  ],
  [
    { clusterAdminArns: "[3]" },
    '"[3]"',
    "ARNs of IAM roles or users",
    "--path 'clusterAdminArns[0]' arn:aws:iam::",
  ],
  [
    { clusterAdminArns: '["me"]' },
    "me",
    "ARNs of IAM roles or users",
    "--path 'clusterAdminArns[0]' arn:aws:iam::",
  ],
  [{ clusterPublicAccessCidrs: '["0.0.0.0/0"]' }, "0.0.0.0/0", "not the whole internet", "203.0.113.0/24"],
  [{ clusterPublicAccessCidrs: '["10.0.0.1"]' }, "10.0.0.1", "IPv4 CIDRs", "203.0.113.0/24"],
];

export const together: Wrong[] = [
  [
    { appPreStopSeconds: "50" },
    "appTerminationGracePeriodSeconds: got 75",
    "80 or more (appPreStopSeconds 50 + appGracefulTimeoutSeconds 25 + 5)",
    "appTerminationGracePeriodSeconds 80",
  ],
  [{ appKeepAliveSeconds: "60" }, "appKeepAliveSeconds: got 60", "61 or more", "appKeepAliveSeconds 61"],
  [
    {
      appRequestTimeoutSeconds: "60",
      appGracefulTimeoutSeconds: "60",
      appTerminationGracePeriodSeconds: "105",
    },
    "appRequestTimeoutSeconds: got 60",
    "59 or less",
    "appRequestTimeoutSeconds 59",
  ],
  [
    { appRequestTimeoutSeconds: "30" },
    "appGracefulTimeoutSeconds: got 25",
    "30 or more",
    "appGracefulTimeoutSeconds 30",
  ],
  [
    { databaseCommandTimeoutSeconds: "18" },
    "appRequestTimeoutSeconds: got 20",
    "22 or more",
    "appRequestTimeoutSeconds 22",
  ],
  [
    { appMemoryRequest: "1Gi" },
    "appMemoryRequest: got 1Gi",
    "appMemoryLimit 512Mi or less",
    "appMemoryLimit 1Gi",
  ],
  [
    { appReplicas: "30", databaseInstanceClass: "db.t4g.small" },
    "appReplicas: got 30, which needs (30 + 1 surge) × (1 worker × (5 + 5) + 1 readiness) + 1 migration + 10 reserve = 352",
    "160 on db.t4g.small, so at most appReplicas 12 or databasePoolSize + databaseMaxOverflow 3",
    "appReplicas 12, or pulumi config set databaseInstanceClass db.t4g.large",
  ],
  [
    { databasePoolSize: "100", databaseMaxOverflow: "100", databaseInstanceClass: "db.t4g.micro" },
    "= 815 connections",
    "80 on db.t4g.micro, so at most databasePoolSize + databaseMaxOverflow 16",
    "databaseInstanceClass db.m7g.xlarge",
  ],
];

export const unknown: Wrong[] = [
  [{ appReplica: "3" }, "a setting that doesn't exist", "the nearest is appReplicas", "appReplicas"],
  [
    { databasePool_size: "3" },
    "a setting that doesn't exist",
    "the nearest is databasePoolSize",
    "databasePoolSize",
  ],
  [
    { NetworkCIDR: "10.0.0.0/16" },
    "a setting that doesn't exist",
    "the nearest is networkCidr",
    "networkCidr",
  ],
  [{ toString: "x" }, "a setting that doesn't exist", "the nearest is", ""],
];
