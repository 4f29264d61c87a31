// Pulumi starts the program with this (Pulumi.yaml): from the second time on, Node loads what it has compiled before.
import { enableCompileCache } from "node:module";

enableCompileCache();
