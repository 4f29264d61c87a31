import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";
import { getAuthorizationTokenOutput } from "@pulumi/aws/ecr/getAuthorizationToken.js";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import { Image as DockerImage } from "@pulumi/docker/image.js";
import * as pulumi from "@pulumi/pulumi";

const PLATFORM = "linux/amd64";
const TAG_PREFIX = "source-";

export interface ImageArgs {
  /** Image to build from, pinned by digest; the Dockerfile's build argument BASE_IMAGE. */
  base: string;
  /** An image of this repository to run again, `sha256:…`. Then none is built. */
  digest?: string;
  /** Folder of the Dockerfile and of everything it copies. */
  context: string;
  /** Refuse to delete a repository that still has images. */
  protect: boolean;
}

/** The service's image: built here, kept in ECR, referred to by digest. */
export class Image extends pulumi.ComponentResource {
  /** `repository@sha256:…` */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Image", name, {}, opts);

    const repository = new Repository(
      `${name}-repository`,
      {
        // Source that is reverted has the tag that it was pushed under before, and ECR takes an immutable tag
        // only once, whatever its digest (aws/containers-roadmap#2179).
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filter: `${TAG_PREFIX}*`, filterType: "WILDCARD" }],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "KMS" }],
        forceDelete: !args.protect,
      },
      { parent: this },
    );
    expireOldImages(`${name}-expiry`, repository, this);

    // Without its docker.Image, Pulumi forgets the newest build and deletes nothing in the registry.
    this.reference = args.digest
      ? pulumi.interpolate`${repository.repositoryUrl}@${args.digest}`
      : build(`${name}-build`, args, repository, this).repoDigest;
    this.registerOutputs();
  }
}

function build(name: string, args: ImageArgs, repository: Repository, parent: Image): DockerImage {
  const { base, context } = args;
  const imageName = pulumi.interpolate`${repository.repositoryUrl}:${contentTag(context, base)}`;
  const login = getAuthorizationTokenOutput({ registryId: repository.registryId }, { parent });
  return new DockerImage(
    name,
    {
      imageName,
      build: {
        context,
        dockerfile: join(context, "Dockerfile"),
        platform: PLATFORM,
        args: { BASE_IMAGE: base, BUILDKIT_INLINE_CACHE: "1" },
        cacheFrom: { images: [imageName] },
      },
      registry: {
        server: repository.repositoryUrl,
        username: login.userName,
        password: pulumi.secret(login.password),
      },
    },
    { parent },
  );
}

function expireOldImages(name: string, repository: Repository, parent: Image) {
  const expire = (rulePriority: number, selection: object) => ({
    rulePriority,
    selection,
    action: { type: "expire" },
  });
  new LifecyclePolicy(
    name,
    {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          expire(1, {
            tagStatus: "untagged",
            countType: "sinceImagePushed",
            countUnit: "days",
            countNumber: 7,
          }),
          // By count and not by age: what runs, and what one may roll back to, can be months old.
          expire(2, {
            tagStatus: "tagged",
            tagPatternList: ["*"],
            countType: "imageCountMoreThan",
            countNumber: 100,
          }),
        ],
      }),
    },
    { parent },
  );
}

/** A tag that stands for the content: unchanged source keeps its tag and isn't built again. */
export function contentTag(context: string, base: string): string {
  const hash = createHash("sha256").update(`${PLATFORM}\0${base}\0`);
  for (const file of buildFiles(context)) {
    const path = join(context, file);
    const content = readFileSync(path);
    // BuildKit copies the mode, so that it is part of the image.
    const mode = (statSync(path).mode & 0o777).toString(8);
    hash.update(`${file}\0${mode}\0${content.length}\0`).update(content);
  }
  return `${TAG_PREFIX}${hash.digest("hex").slice(0, 24)}`;
}

/** What the build reads: its Dockerfile, and the folder's files except those in .dockerignore. */
function buildFiles(context: string): string[] {
  const ignoreFile = join(context, ".dockerignore");
  const patterns = existsSync(ignoreFile) ? readFileSync(ignoreFile, "utf8").split("\n") : [];
  const ignored = dockerignore.default().add(patterns);
  const exceptions = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  // Not looking into a virtual environment or a cache saves a preview a quarter of a second.
  const mayHold = (folder: string) =>
    !ignored.ignores(folder) ||
    exceptions.some((pattern) => /^[*?[]/.test(pattern) || pattern.startsWith(`${folder}/`));

  const files = (folder: string): string[] =>
    readdirSync(join(context, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return mayHold(path) ? files(path) : [];
      return entry.isFile() && (path === "Dockerfile" || !ignored.ignores(path)) ? [path] : [];
    });
  return files("").sort();
}
