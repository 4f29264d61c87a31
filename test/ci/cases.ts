// The edits whose previews stand in fixtures/. Each starts from the unchanged program.
type Edit = (file: string, change: (text: string) => string) => void;

const replace = (file: string, before: string | RegExp, after: string) => (edit: Edit) =>
  edit(file, (text) => text.replace(before, after));

const setting = (key: string, value: string) =>
  replace("Pulumi.dev.yaml", "config:", `config:\n  fastapi-eks:${key}: ${value}`);

export const cases = {
  "no-change": (_edit: Edit) => undefined,
  "other-history": replace("components/app.ts", "revisionHistoryLimit: 3", "revisionHistoryLimit: 5"),
  "wrong-setting": setting("databasePoolSise", "9"),
  "other-cidr": replace("Pulumi.dev.yaml", /networkCidr: .*/, "networkCidr: 10.9.0.0/16"),
  "database-renamed": replace("foundation.ts", /(new Database\(\s*)"database"/, '$1"db"'),
  "database-replaced": replace(
    "components/database.ts",
    "dbName: databaseName(args.serviceName)",
    'dbName: "shop"',
  ),
  // Another user of the same cluster: clusterIdentifier stays, and so does everything in it.
  "other-kubeconfig": replace("components/cluster.ts", 'const name = "eks";', 'const name = "cluster";'),
  "other-cluster-identifier": replace(
    "components/cluster.ts",
    "clusterIdentifier: cluster.arn",
    "clusterIdentifier: cluster.name",
  ),
  "cluster-removed": (edit: Edit) => {
    edit("foundation.ts", (text) =>
      text
        .replace(/ {2}const cluster = [\s\S]*?;\n/, "")
        .replace(/ {2}const toDatabase =[\s\S]*?(?= {2}return)/, "")
        .replace("network, cluster,", "network,")
        .replace(", toDatabase, toPods", ""),
    );
    edit("index.ts", (text) =>
      text
        .replace(/\/\/ What runs in the cluster[\s\S]*?(?=\/\/ What other stacks)/, "")
        .replace(/export const (cluster\w+|kubeconfig|namespace|service|backup\w+):.*\n/g, ""),
    );
  },
  "secrets-in-clear": (edit: Edit) => {
    edit("components/workload.ts", (text) =>
      text
        .replace('"database.password": password', '"database.password": "correct-horse"')
        .replace("-settings`, plain,", '-settings`, { ...plain, APP_SESSION_TOKEN: "correct-horse" },'),
    );
    edit("components/database.ts", (text) =>
      text
        .replace("password: password.result,", 'password: "correct-horse",')
        .replace(
          "credentials(database, database.username, database.password)",
          'JSON.stringify({ password: "correct-horse" })',
        ),
    );
  },
} satisfies Record<string, (edit: Edit) => void>;
