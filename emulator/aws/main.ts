// The plugin that Pulumi's engine starts as pulumi-resource-aws.
import sdk from "@pulumi/aws/package.json" with { type: "json" };
import { serve } from "../provider/server.ts";
import { functions } from "./functions.ts";
import { createProvider } from "./provider.ts";
import { resourceTypes } from "./resource-types.ts";

serve(createProvider(sdk.version, resourceTypes, functions));
