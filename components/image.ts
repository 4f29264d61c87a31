import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { getAuthorizationTokenOutput } from "@pulumi/aws/ecr/getAuthorizationToken.js";
import { getImage } from "@pulumi/aws/ecr/getImage.js";
import { getRepositoryOutput } from "@pulumi/aws/ecr/getRepository.js";
import { Image as DockerImage } from "@pulumi/docker/image.js";
import * as pulumi from "@pulumi/pulumi";
import { buildFiles } from "../description/build-files.ts";
import { CONTENT_TAG, imageRepository, type Rule } from "./repository.ts";

const PLATFORM = "linux/amd64";

export interface ImageArgs {
  /** Image to build from, pinned by digest; the Dockerfile's build argument BASE_IMAGE. */
  base: string;
  /** An image of the repository to run, `sha256:…`. Then none is built. */
  digest?: string;
  /** ECR repository that others own: its name, or its ARN where it is another account's or region's. */
  repository?: string;
  /** Folder of the Dockerfile and of everything it copies. */
  context: string;
  /** Refuse to delete a repository of its own that still has images. */
  protect: boolean;
}

/** The service's image: built here, kept in ECR, referred to by digest. */
export class Image extends pulumi.ComponentResource {
  /** `repository@sha256:…` */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Image", name, {}, opts);

    const repository = args.repository
      ? findRepository(args.repository, this)
      : imageRepository(name, { protect: args.protect, rules: RULES }, { parent: this });
    // Without its docker.Image, Pulumi forgets the newest build and deletes nothing in the registry.
    this.reference = args.digest
      ? existing(args.digest, repository, this)
      : build(`${name}-build`, args, repository, this).repoDigest;
    this.registerOutputs();
  }
}

/** What is pushed here runs here: the newest is what runs, unless the stack was rolled back. */
const RULES: Rule[] = [
  {
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
    action: { type: "expire" },
  },
  // By count and not by age: what runs, and what one may roll back to, can be months old.
  {
    selection: {
      tagStatus: "tagged",
      tagPatternList: ["*"],
      countType: "imageCountMoreThan",
      countNumber: 100,
    },
    action: { type: "expire" },
  },
];

interface Repository {
  name: pulumi.Output<string>;
  registryId: pulumi.Output<string>;
  repositoryUrl: pulumi.Output<string>;
  region: pulumi.Output<string>;
}

function findRepository(nameOrArn: string, parent: Image): Repository {
  const [, region, registryId, arnName] = /^arn:aws:ecr:(.+):(\d+):repository\/(.+)$/.exec(nameOrArn) ?? [];
  const found = getRepositoryOutput({ name: arnName ?? nameOrArn, registryId, region }, { parent });
  return {
    name: found.name,
    registryId: found.registryId,
    repositoryUrl: found.repositoryUrl,
    region: found.region,
  };
}

/** `repository@sha256:…`, refused where it isn't there, as soon as the repository is. */
function existing(imageDigest: string, repository: Repository, parent: Image): pulumi.Output<string> {
  const { name, registryId, region, repositoryUrl } = repository;
  return pulumi
    .all([name, registryId, region, repositoryUrl])
    .apply(async ([repositoryName, registryId, region, url]) => {
      try {
        await getImage({ repositoryName, registryId, region, imageDigest }, { parent });
      } catch (error) {
        const account = `--repository-name ${repositoryName} --registry-id ${registryId} --region ${region}`;
        throw new pulumi.RunError(
          `imageDigest: got ${imageDigest}; allowed: a digest in ${url}; fix: take one that ` +
            `aws ecr describe-images ${account} lists; AWS says: ${(error as Error).message}`,
        );
      }
      return `${url}@${imageDigest}`;
    });
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
  return `${CONTENT_TAG}${hash.digest("hex").slice(0, 24)}`;
}
