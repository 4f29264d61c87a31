// The emulated Docker provider: `docker.Image` alone, really built and pushed.
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";
import { differences } from "../aws/diff.ts";
import { boolean, complete, list, map, object, oneOf, problems, string } from "../aws/properties.ts";
import { type Bag, resolveReferences, unwrapSecrets } from "../aws/values.ts";
import { buildAndPush, type ImageInputs } from "./build.ts";

const token = "docker:index/image:Image";

const properties = {
  imageName: string({ required: true }),
  build: object(
    {
      args: map({ default: {} }),
      builderVersion: string({ constraint: oneOf("BuilderBuildKit") }),
      cacheFrom: object({ images: list(string(), { required: true }) }),
      context: string({ default: "." }),
      dockerfile: string({ default: "Dockerfile" }),
      platform: string(),
      target: string(),
    },
    { default: {} as never },
  ),
  buildOnPreview: boolean({ default: false }),
  skipPush: boolean({ default: false, constraint: { test: (skip) => !skip, allowed: "false" } }),
};

/** As in the real provider, new credentials alone build nothing. */
const registry = object({ server: string(), username: string(), password: string({ sensitive: true }) });

function refuseOtherTypes(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1);
  if (type !== token) throw new Error(`the emulator doesn't know ${type}; of docker it knows ${token}`);
}

async function outputs(inputs: Bag) {
  const values = unwrapSecrets(inputs) as unknown as ImageInputs;
  const repoDigest = await buildAndPush(values);
  const { context, dockerfile, platform } = values.build;
  const registryServer = values.registry?.server ?? "";
  return {
    ...inputs,
    repoDigest,
    baseImageName: values.imageName,
    registryServer,
    context,
    dockerfile,
    platform,
  };
}

const provider: Provider = {
  version: "5.2.0",
  check: async (urn, _olds, news) => {
    refuseOtherTypes(urn);
    const inputs = complete({ ...properties, registry }, resolveReferences(news) as Bag);
    return { inputs, failures: problems({ ...properties, registry }, unwrapSecrets(inputs), "InvalidImage") };
  },
  diff: async (_id, _urn, olds, news) => ({
    changes: differences(properties, unwrapSecrets(olds), unwrapSecrets(news)).length > 0,
  }),
  create: async (_urn, inputs) => ({ id: unwrapSecrets(inputs).imageName, outs: await outputs(inputs) }),
  update: async (_id, _urn, _olds, news) => ({ outs: await outputs(news) }),
  // Deleting an Image forgets it: what was pushed belongs to its repository.
  delete: async () => undefined,
};

await main(provider, process.argv.slice(2));
