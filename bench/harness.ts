// One stack's configuration and the recording engine, which both programs of the benchmark run on.
import { projectFile, stackConfig } from "../plan/config.ts";
import { mocks } from "../plan/mocks.ts";
import { record } from "../plan/recording.ts";

/** Prints the milliseconds from the start of the process to the program's end. */
export async function evaluate(program: () => Promise<unknown>): Promise<void> {
  const config = stackConfig("dev");
  const run = { mocks: mocks(config), project: projectFile().name, stack: "dev", config, preview: true };
  await record(program, run);
  console.log(performance.now());
}
