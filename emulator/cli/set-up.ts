// Brings the emulator to where Pulumi can run: packages, toolchain, services.
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { parts } from "../toolchain/parts.ts";
import { isMissing, type Part, provide } from "../toolchain/toolchain.ts";
import { installPackages } from "./prerequisites.ts";
import { startServices } from "./services.ts";

const logEverySeconds = 20;

/** A terminal shows every step of a task's progress in place; a log gets one now and then. */
function occasionally(report: (progress: string) => void): (progress: string) => void {
  let last = 0;
  return (progress) => {
    if (!process.stdout.isTTY && Date.now() - last < logEverySeconds * 1000) return;
    last = Date.now();
    report(progress);
  };
}

async function provideTask(part: Part): Promise<ListrTask> {
  const takesLong = part.minutes >= 0.5 && (await isMissing(part));
  const estimate = takesLong ? ` (made once, which takes about ${Math.round(part.minutes)} min)` : "";
  return {
    title: `${part.title}${estimate}`,
    task: async (_, task) => {
      const report = occasionally((progress) => {
        task.output = `${part.title}: ${progress}`;
      });
      task.title = `${part.title}: ${await provide(part, report)}`;
    },
  };
}

const packages: ListrTask = {
  title: "Debian packages",
  task: async (_, task) => {
    const report = (progress: string) => {
      task.output = progress;
    };
    task.title = `Debian packages: ${await installPackages(report)}`;
  },
};

const toolchain: ListrTask = {
  title: "Toolchain",
  task: async (_, task) =>
    task.newListr(await Promise.all(parts.map(provideTask)), { concurrent: true, exitOnError: true }),
};

const services: ListrTask = {
  title: "Registry, image builder, and the databases and clusters of the last run",
  task: startServices,
};

const runAll = (tasks: ListrTask[], isSilent: boolean): Promise<unknown> =>
  new Listr(tasks, {
    renderer: isSilent ? "silent" : "default",
    rendererOptions: { collapseSubtasks: false, timer: PRESET_TIMER },
    fallbackRenderer: "simple",
  }).run();

/** What takes minutes the first time, and seconds later. */
export const prepare = (): Promise<unknown> => runAll([packages, toolchain], false);

export const setUp = (isSilent = false): Promise<unknown> =>
  runAll([packages, toolchain, services], isSilent);
