// What Pulumi has Node do before it starts the program (Pulumi.yaml).
import { enableCompileCache } from "node:module";

// From the second time on, Node loads what it has compiled before.
enableCompileCache();

// Pulumi has source-map-support look up every line of thousands of stack traces, a quarter of the program's time. Node
// strips types in place, so that the lines are right as they are.
Object.defineProperty(Error, "prepareStackTrace", { get: () => undefined, set: () => undefined });
