// The bootstrap program on the emulator, and the image that one stack builds in its repository and another one runs.
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { listImages, resolveTag } from "../../emulator/engines/registry.ts";
import { awsResources, edit, onFreshEmulator, pulumiOf, succeeded, write } from "./machine.ts";

const bootstrap = join(dirname(dirname(import.meta.dirname)), "bootstrap");
process.env.AWS_REGION ??= "eu-central-1";

/** Runs a command of the bootstrap program, which has no stack file before it is set up. */
const inBootstrap = (...args: string[]) => pulumiOf(bootstrap, "main", args);

/** The program's image by itself: cluster and database take their time, and have no part in this. */
const imageAlone = `import { Image } from "./components/image.ts";
import { loadSettings } from "./settings/load.ts";

const { image } = loadSettings();
export const { reference } = new Image("image", { ...image, context: "app", protect: false });
`;

async function running(stack: string): Promise<string | undefined> {
  const reference = succeeded(await pulumi(stack, ["stack", "output", "reference"], false));
  return reference.trim().split("@")[1];
}

const image = (stack: string, command: "up" | "destroy") =>
  pulumi(stack, [command, "--yes", "--skip-preview"], false);

const setting = (stack: string, key: string, value: string) =>
  edit(`Pulumi.${stack}.yaml`, (text) => text.replace("config:", `config:\n  fastapi-eks:${key}: ${value}`));

onFreshEmulator();

let digest: string;

test("it comes up once it knows the repository on GitHub, and tells what to type", async () => {
  const refused = await inBootstrap("up", "--yes", "--skip-preview");
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("githubOwner: got nothing");
  for (const [key, value] of [
    ["githubOwner", "octocat"],
    ["githubRepository", "orders"],
  ] as const)
    succeeded(await inBootstrap("config", "set", key, value));
  succeeded(await inBootstrap("up", "--yes", "--skip-preview"));
  succeeded(await inBootstrap("up", "--yes", "--skip-preview", "--expect-no-changes"));
  const said = succeeded(await inBootstrap("stack", "output", "commands"));
  expect(said).toContain("gh variable set PREVIEW_ROLE_PROD --repo octocat/orders --body 'arn:aws:iam::");
  expect(said).toContain("pulumi config set imageRepository orders --stack dev");
});

test("dev builds into its repository", async () => {
  write("index.ts", imageAlone);
  for (const stack of ["dev", "prod"]) setting(stack, "imageRepository", "orders");
  succeeded(await image("dev", "up"));
  digest = (await running("dev")) ?? "";
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await listImages("orders")).toEqual([digest]);
});

test("prod refuses a digest that isn't in it, at preview", async () => {
  const other = `sha256:${"0".repeat(64)}`;
  setting("prod", "imageDigest", other);
  const { code, output } = await pulumi("prod", ["preview"], false);
  expect(code).not.toBe(0);
  expect(output).toContain(`imageDigest: got ${other}; allowed: a digest in`);
  edit("Pulumi.prod.yaml", (text) => text.replace(other, digest));
});

test("prod takes dev's digest and builds nothing", async () => {
  const { output } = await image("prod", "up");
  expect(output).not.toContain("docker:index:Image");
  expect(await running("prod")).toBe(digest);
  expect(await listImages("orders")).toEqual([digest]);
});

test("dev goes, and what prod runs stays", async () => {
  succeeded(await image("dev", "destroy"));
  expect(await resolveTag("orders", digest)).toBe(digest);
  expect(awsResources()).toContain("ecr/repository");
  succeeded(await pulumi("prod", ["preview", "--expect-no-changes"], false));
});

test("bootstrap goes only when somebody insists, and not with images", async () => {
  const protectedOnes = await inBootstrap("destroy", "--yes", "--skip-preview");
  expect(protectedOnes.output).toContain("protected");
  succeeded(await inBootstrap("state", "unprotect", "--all", "--yes"));
  const { code, output } = await inBootstrap("destroy", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain("RepositoryNotEmptyException");
});
