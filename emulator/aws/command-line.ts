// The `aws` command, as far as a kubeconfig needs it.
import { parseArgs } from "node:util";
import { callerToken, clusterNames } from "../engines/cluster.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { "cluster-name": { type: "string" }, region: { type: "string" }, output: { type: "string" } },
});
const cluster = values["cluster-name"];

if (positionals.join(" ") !== "eks get-token" || !cluster) {
  console.error(
    `the emulator's aws knows only \`aws eks get-token --cluster-name …\`; got \`aws ${process.argv.slice(2).join(" ")}\``,
  );
  process.exit(252);
}
if (!clusterNames().includes(cluster)) {
  console.error(`ResourceNotFoundException: No cluster found for name: ${cluster}.`);
  process.exit(254);
}
console.log(
  JSON.stringify({
    kind: "ExecCredential",
    apiVersion: "client.authentication.k8s.io/v1beta1",
    spec: {},
    status: { token: callerToken(cluster) },
  }),
);
