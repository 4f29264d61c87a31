// Nothing of an earlier run is on the tests' emulators when they begin, nor when they end.
import { reset } from "../../emulator/cli/services.ts";
import { instanceEnvironment } from "../../emulator/engines/instance.ts";
import { workerInstances } from "./workers.ts";

async function resetAll(): Promise<void> {
  for (const instance of workerInstances) {
    Object.assign(process.env, instanceEnvironment(instance));
    await reset();
  }
}

export const setup = resetAll;
export const teardown = resetAll;
