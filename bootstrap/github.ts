import type { Settings } from "./settings.ts";

export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";

/**
 * Whose tokens a role trusts. Repositories that were made, renamed or moved since 2026-07-15 have the ids in their
 * tokens, and others may opt in (github/docs#45221): whoever gets an abandoned name has other ids. One form excludes
 * the other, so that a name alone opens nothing where ids are known.
 */
export function subject(
  { owner, repository, ownerId, repositoryId }: Settings["github"],
  from: string,
): string {
  const repo =
    ownerId && repositoryId ? `${owner}@${ownerId}/${repository}@${repositoryId}` : `${owner}/${repository}`;
  return `repo:${repo}:${from}`;
}

/** Lets the workflows of exactly this subject take on a role. */
export function trust(providerArn: string, subject: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: subject } },
      },
    ],
  });
}
