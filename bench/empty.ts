// What every program with these SDKs takes to start and to end, imported as Pulumi's examples do.
import { evaluate } from "./harness.ts";

await evaluate(async () => {
  await import("@pulumi/pulumi");
  await import("@pulumi/aws");
  await import("@pulumi/kubernetes");
  await import("@pulumi/docker");
  await import("@pulumi/random");
});
