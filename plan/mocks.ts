// Stands in for the providers: what only they could tell is written as a reference to where it comes from.
import type { runtime } from "@pulumi/pulumi";
import { PlanError } from "./problem.ts";

/**
 * What the program reads of other resources. Everything else stays unknown. A known endpoint of a cluster, for
 * instance, would make the program ask whether it answers.
 */
const references = [
  "address",
  "arn",
  "bucket",
  "certPem",
  "certRequestPem",
  "name",
  "port",
  "privateKeyPem",
  "registryId",
  "repoDigest",
  "repositoryUrl",
  "result",
  "versionId",
];

export function mocks(config: Record<string, string>): runtime.Mocks {
  return {
    newResource: ({ type, name, inputs, custom }) => {
      if (custom === false) return { id: undefined, state: {} };
      return { id: reference(name, "id"), state: known(type, name, inputs) };
    },
    call: ({ token, inputs }) => {
      const answer = answers[token];
      if (answer) return { ...inputs, ...answer(config, inputs) };
      throw new PlanError(`what ${token} returns`, {
        got: "a function that the plan has no answer for",
        allowed: Object.keys(answers).sort().join(", "),
        fix: "add it to the answers in plan/mocks.ts",
      });
    },
  };
}

function reference(name: string, property: string): string {
  return `\${${name}.${property}}`;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs are as varied as the types.
function known(type: string, name: string, inputs: any): Record<string, unknown> {
  const computed = Object.fromEntries(references.map((property) => [property, reference(name, property)]));
  const nested = (object: string, property: string) => ({
    [property]: reference(name, `${object}.${property}`),
    ...inputs[object],
  });
  if (type.startsWith("kubernetes:")) return { ...inputs, metadata: nested("metadata", "name") };
  if (type !== "aws:eks/cluster:Cluster") return { ...computed, ...inputs };
  return {
    ...computed,
    ...inputs,
    certificateAuthority: nested("certificateAuthority", "data"),
    vpcConfig: nested("vpcConfig", "clusterSecurityGroupId"),
    kubernetesNetworkConfig: nested("kubernetesNetworkConfig", "serviceIpv4Cidr"),
  };
}

type Answer = (config: Record<string, string>, inputs: Record<string, unknown>) => Record<string, unknown>;

const answers: Record<string, Answer> = {
  // Nothing has been deployed.
  "pulumi:pulumi:readStackOutputs": () => ({ outputs: {} }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ["first", "second", "third", "fourth"].map((zone) => `\${${zone} available zone}`),
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: reference("account", "id") }),
  "aws:index/getRegion:getRegion": (config) => ({ region: config["aws:region"] }),
  "aws:ecr/getImage:getImage": () => ({}),
  "aws:ecr/getRepository:getRepository": () => ({
    registryId: reference("shared repository", "registryId"),
    name: reference("shared repository", "name"),
    repositoryUrl: reference("shared repository", "repositoryUrl"),
  }),
  "aws:route53/getZone:getZone": (_, { name }) => ({ zoneId: reference(`zone ${name}`, "id") }),
  "aws:eks/getAddonVersion:getAddonVersion": (_, { addonName, kubernetesVersion }) => ({
    version: `\${default version of ${addonName} for ${kubernetesVersion}}`,
  }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({ userName: "AWS", password: "" }),
};
