// The commands behind `npm start`, `npm stop`, `npm run reset`, `npm run pulumi` and `npm run kubectl`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { clusterNames } from "../engines/cluster.ts";
import { dataPath, instanceEnvironment } from "../engines/instance.ts";
import { adminKubeconfig } from "../engines/kubernetes.ts";
import { withLock } from "./lock.ts";
import { checkDisk, checkMachine, refuseCredentials } from "./prerequisites.ts";
import { pulumi } from "./pulumi.ts";
import { reset, stopServices } from "./services.ts";
import { setUp } from "./set-up.ts";
import { start } from "./start.ts";

const defaultStack = "dev";

/** The stack that a Pulumi command names, as Pulumi reads it. */
function stackOf(args: string[]): string {
  const flag = args.findIndex((argument) => argument === "--stack" || argument === "-s");
  const joined = args.find((argument) => argument.startsWith("--stack="))?.slice("--stack=".length);
  return joined ?? (flag >= 0 ? args[flag + 1] : undefined) ?? process.env.PULUMI_STACK ?? defaultStack;
}

function kubectl(args: string[]): number {
  const [cluster] = clusterNames();
  if (!cluster) throw new Error("there is no cluster; `npm start` makes one");
  return (
    spawnSync(dataPath("bin", "kubectl"), ["--kubeconfig", adminKubeconfig(cluster), ...args], {
      stdio: "inherit",
    }).status ?? 1
  );
}

const commands: Record<string, (args: string[]) => Promise<number>> = {
  start: async () => {
    refuseCredentials();
    await checkDisk();
    await setUp();
    return start(defaultStack);
  },
  pulumi: async (args) => {
    refuseCredentials();
    if (args[0] === "config" && ["set", "set-all", "rm", "rm-all"].includes(args[1] ?? "")) {
      throw new Error(`the emulator takes settings from the checkout: edit Pulumi.${stackOf(args)}.yaml`);
    }
    // The first time takes minutes and says so; after that Pulumi's own output matters more.
    await setUp(existsSync(dataPath("bin", "pulumi")));
    return (await pulumi(stackOf(args), args, true)).code;
  },
  kubectl: async (args) => kubectl(args),
  stop: async () => {
    await stopServices();
    console.log("Stopped. `npm start` goes on where it was; `npm run reset` forgets everything.");
    return 0;
  },
  reset: async () => {
    await reset();
    console.log("Stopped, and nothing of it is left but the cached toolchain.");
    return 0;
  },
};

async function main(): Promise<number> {
  const [name = "", ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new Error(`unknown command "${name}"; there are: ${Object.keys(commands).join(", ")}`);
  Object.assign(process.env, instanceEnvironment(process.env.FASTAPI_EKS_EMULATOR_INSTANCE ?? "default"));
  checkMachine();
  // Reading needs no lock: it is of use while another command is at work.
  return name === "kubectl"
    ? command(args)
    : withLock(["npm run", name, ...args.slice(0, 1)].join(" "), () => command(args));
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
