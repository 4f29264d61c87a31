// The emulated Docker provider: `docker.Image` alone, really built and pushed.
import sdk from "@pulumi/docker/package.json" with { type: "json" };
import { differences } from "../provider/diff.ts";
import { boolean, complete, list, map, object, oneOf, problems, string } from "../provider/properties.ts";
import { type Provider, serve } from "../provider/server.ts";
import { expectType } from "../provider/urn.ts";
import { type Bag, resolveReferences, unknownValue, unwrapSecrets } from "../provider/values.ts";
import { buildAndPush, type ImageInputs } from "./build.ts";

const type = "docker:index/image:Image";

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

/** What the real provider adds to the inputs. */
async function buildOutputs(inputs: Bag): Promise<Bag> {
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
  version: sdk.version,
  check(urn, _olds, news) {
    expectType(urn, [type]);
    const inputs = complete({ ...properties, registry }, resolveReferences(news) as Bag);
    return { inputs, failures: problems({ ...properties, registry }, unwrapSecrets(inputs), "InvalidImage") };
  },
  diff: (_urn, state, inputs) => ({
    differences: differences(properties, unwrapSecrets(state), unwrapSecrets(inputs)),
    deleteBeforeReplace: false,
  }),
  create: async (_urn, inputs, preview) => ({
    id: preview ? "" : unwrapSecrets(inputs.imageName as string),
    outputs: preview ? inputs : await buildOutputs(inputs),
  }),
  read: (_urn, id, outputs) => ({ id, outputs }),
  update: async (_urn, _id, _state, inputs, preview) =>
    preview ? { ...inputs, repoDigest: unknownValue } : buildOutputs(inputs),
  // Deleting an Image forgets it: what was pushed belongs to its repository.
  delete: async () => undefined,
};

serve(provider);
