// The plugin that Pulumi's engine starts as pulumi-resource-aws.
import sdk from "@pulumi/aws/package.json" with { type: "json" };
import { main } from "@pulumi/pulumi/provider/index.js";
import { functions } from "./functions.ts";
import { createProvider } from "./provider.ts";
import { resourceTypes } from "./resource-types.ts";

await main(createProvider(sdk.version, resourceTypes, functions), process.argv.slice(2));
