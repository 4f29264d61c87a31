import type { Grammar } from "./types.ts";

const DIGEST = "sha256:[0-9a-f]{64}";

// Docker's own grammar: github.com/distribution/reference, reference.go and regexp.go.
const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const domainLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const domain = `${domainLabel}(?:\\.${domainLabel})*(?::\\d+)?`;
const repository = `(?:${domain}/)?${part}(?:/${part})*`;
const tag = "\\w[\\w.-]{0,127}";

export const pinnedImage: Grammar = {
  pattern: new RegExp(`${repository}(?::${tag})?@${DIGEST}`),
  allowed: "an image pinned by digest, name:tag@sha256:<64 hex digits>",
  example: "python:3.13-slim@sha256:<64 hex digits>",
};

export const imageDigest: Grammar = {
  pattern: new RegExp(DIGEST),
  allowed: "a digest, sha256:<64 hex digits>, of an image in the repository",
  example: "sha256:<64 hex digits>",
};

/** CreateRepository's, in ECR's API reference, 2026-11. */
export const repositoryName =
  "(?=[^/].{1,255}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

export const imageRepository: Grammar = {
  pattern: new RegExp(`(?:arn:aws:ecr:[a-z]{2}(?:-[a-z]+)+-\\d:\\d{12}:repository/)?${repositoryName}`),
  allowed: "the name of an ECR repository, or its ARN where it is another account's or region's",
  fault: (text) => {
    const [, account, region, name] = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com\/(.+)$/.exec(text) ?? [];
    return name
      ? { why: "which is its address", instead: `arn:aws:ecr:${region}:${account}:repository/${name}` }
      : undefined;
  },
  example: "service",
};

/** `trixie-slim` of 2026-08-24, for every platform: several public repositories pin it as that (2026-11). */
export const DEBIAN_13 =
  "debian:trixie-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132";
