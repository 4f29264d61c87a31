// One running emulator: its folder and its addresses. Several can run side by side (a person's and the tests').
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** What tells the addresses of one instance from another's: a person's, one to try things on, the tests' and the benchmark's. */
const networks: Record<string, number> = {
  default: 0,
  test: 1,
  scratch: 2,
  test2: 3,
  test3: 4,
  test4: 5,
  test5: 6,
  bench: 7,
  test6: 8,
};

/** The environment that everything of one instance runs in: the CLI sets it, the engines and plugins read it. */
export function instanceEnvironment(instance: string): Record<string, string> {
  const network = networks[instance];
  if (network === undefined) {
    throw new Error(
      `no emulator instance is called ${instance}; there are: ${Object.keys(networks).join(", ")}`,
    );
  }
  return {
    FASTAPI_EKS_EMULATOR_DATA: `/var/lib/fastapi-eks-emulator/${instance}`,
    FASTAPI_EKS_EMULATOR_NETWORK: String(network),
  };
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} is not set: start this through \`npm start\` or \`npm run pulumi\`, not by hand`,
    );
  }
  return value;
}

/** Absolute path of a file or folder of this instance. */
export function dataPath(...parts: string[]): string {
  const folder = fromEnvironment("FASTAPI_EKS_EMULATOR_DATA");
  if (!isAbsolute(folder))
    throw new Error(`FASTAPI_EKS_EMULATOR_DATA is ${folder}; it must be an absolute path`);
  return join(folder, ...parts);
}

const network = (): number => Number(fromEnvironment("FASTAPI_EKS_EMULATOR_NETWORK"));

const address = (host: number): string => `10.213.${network()}.${host}`;

/** Databases, control planes and this machine itself. */
export const hostNetwork = (): string => `${address(0)}/24`;

/** Pods. As Services' they are of RFC 6598, so that they can't meet a person's own network, nor Docker's. */
export const podNetwork = (): string => `100.${64 + network()}.0.0/16`;

const serviceNetworks = (): string => `100.${80 + network()}`;

/** The Services of a cluster, by its address: this machine can route to several clusters. */
export const serviceNetwork = (cluster: string): string =>
  `${serviceNetworks()}.${cluster.split(".")[3]}.0/24`;

/** All addresses of this instance; no other one has any of them. */
export const ranges = (): string[] => [hostNetwork(), podNetwork(), `${serviceNetworks()}.0.0/16`];

/** This machine's own address on the emulator's network, where the registry listens. */
export const hostAddress = (): string => address(1);

/** Name of the bridge that carries the emulator's network. */
export const bridgeName = (): string => `fastapieks${network()}`;

/** Undefined for a file that another process has removed since it was listed. */
function ownerOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/** Takes a free address of the emulator's network for `owner`, or gives back the one it has. */
export function takeAddress(owner: string): string {
  const folder = dataPath("addresses");
  mkdirSync(folder, { recursive: true });
  const held = readdirSync(folder).find((file) => ownerOf(join(folder, file)) === owner);
  if (held) return held;
  for (let host = 2; host < 255; host++) {
    try {
      writeFileSync(join(folder, address(host)), owner, { flag: "wx" });
      return address(host);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new Error(`all addresses of ${hostNetwork()} are taken; \`npm run reset\` frees them`);
}

export function releaseAddress(owner: string): void {
  rmSync(dataPath("addresses", takeAddress(owner)));
}
