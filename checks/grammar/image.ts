import type { Grammar } from "../kinds.ts";

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
  allowed: "a digest, sha256:<64 hex digits>, that this stack pushed before",
  example: "sha256:<64 hex digits>",
};
