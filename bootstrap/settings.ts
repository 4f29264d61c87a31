import * as pulumi from "@pulumi/pulumi";
import { service } from "../service.ts";
import { repositoryName } from "../settings/image.ts";
import { parse, type Values } from "../settings/parse.ts";
import { describe } from "../settings/problem.ts";
import { list, optional, text } from "../settings/types.ts";

const id = {
  pattern: /[1-9]\d{0,17}/,
  allowed: "a number, as `gh api repos/OWNER/REPO` shows it",
  example: "123456",
};

/** Everything that may be set. */
const table = {
  github: {
    owner: text({
      pattern: /[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/,
      allowed: "the name of an account or organization",
      example: "octocat",
      about: "Owner of the repository on GitHub.",
    }),
    repository: text({
      pattern: /[\w.-]{1,100}/,
      allowed: "a repository's name, without its owner",
      example: "service",
      about: "Repository on GitHub whose workflows may take on the roles.",
    }),
    ownerId: optional(text({ ...id, about: "Id of the owner, for repositories whose tokens name ids." })),
    repositoryId: optional(text({ ...id, about: "Id of the repository, together with the owner's." })),
  },
  environments: list({
    pattern: /[a-z](?:-?[a-z0-9])*/,
    allowed: "names of stacks, which are GitHub's environments as well",
    example: "dev",
    about: "What is deployed to this account; without any, dev and prod are.",
  }),
  imageRepository: text({
    default: service.name,
    pattern: new RegExp(repositoryName),
    allowed: "a name that ECR takes",
    about: "Repository that the environments share.",
  }),
  pullAccounts: list({
    pattern: /\d{12}/,
    allowed: "ids of AWS accounts",
    example: "123456789012",
    about: "Other accounts whose stacks run images of the repository.",
  }),
} as const;

export type Settings = Values<typeof table>;

export function loadSettings(): Settings {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const { values, problems } = parse(
    table,
    Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
  );
  const { ownerId, repositoryId } = values.github;
  if (!ownerId !== !repositoryId) {
    const [missing, other] = ownerId
      ? ["githubRepositoryId", "githubOwnerId"]
      : ["githubOwnerId", "githubRepositoryId"];
    const fix = `pulumi config set ${missing} "$(gh api repos/OWNER/REPO --jq ${ownerId ? ".id" : ".owner.id"})"`;
    problems.push({ key: missing, got: `nothing beside ${other}`, allowed: "both or none", fix });
  }
  if (problems.length === 0) return values;
  throw new pulumi.RunError(
    [`Settings that are wrong: ${problems.length}`, ...problems.map(describe)].join("\n  "),
  );
}
