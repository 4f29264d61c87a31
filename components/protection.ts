import * as pulumi from "@pulumi/pulumi";

/** What a stack is made of, noted while it is made. */
export class Made {
  readonly resources: pulumi.Resource[] = [];
  /** Names of those that Pulumi refuses to delete. */
  readonly protectedNames: string[] = [];
  /** Of what is to be noted, itself and all below. */
  readonly noted: pulumi.ResourceOptions = {
    transformations: [
      ({ resource, name, opts }) => {
        this.resources.push(resource);
        if (opts.protect) this.protectedNames.push(name);
        return undefined;
      },
    ],
  };
}

/**
 * Refuses a destroy before it deletes anything. It depends on everything, so its turn comes first. Without it,
 * `pulumi destroy --skip-preview` deletes whatever isn't protected itself, the running service first.
 */
export class Protection extends pulumi.ComponentResource {
  constructor(name: string, made: Made) {
    const hooks =
      made.protectedNames.length > 0 ? { beforeDelete: [refusal(made.protectedNames)] } : undefined;
    super("fastapi-eks:index:Protection", name, {}, { dependsOn: made.resources, hooks });
    this.registerOutputs();
  }
}

/**
 * Pulumi runs such a hook only with `--run-program`. Without it, it deletes nothing of a stack that has one, and
 * shows the hook's name instead (pulumi/pulumi#19933): the name says what to do.
 */
function refusal(names: string[]): pulumi.ResourceHook {
  const why =
    `protect keeps ${names.sort().join(", ")}; to delete them and all else: ` +
    "pulumi config set protect false && pulumi up && pulumi destroy";
  return new pulumi.ResourceHook(
    why,
    () => {
      throw new pulumi.RunError(why);
    },
    { onDryRun: true },
  );
}
