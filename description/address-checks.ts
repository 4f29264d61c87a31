// Where a service listens, by its command.
import { basename } from "node:path";
import type { Problem } from "../settings/problem.ts";
import type { Description } from "./description.ts";
import { hostsOf, options, portOf, serverOf } from "./server-command.ts";
import type { Sources } from "./sources.ts";

const LOOPBACK = /^(127\.[\d.]+|localhost|\[?::1\]?)$/;

/** What keeps everybody from reaching the service. */
export function addressProblems({ serve, http, variables }: Description, { dockerfile }: Sources): Problem[] {
  if (!http || !serverOf(serve)) return [];
  const shown = JSON.stringify(serve);
  const port = portOf(serve);
  if (port !== undefined && port !== http.port) {
    return [
      {
        key: "http.port",
        got: `${http.port}, while the service is told to listen at ${port} by ${shown}`,
        allowed: "one port in both",
        fix: `port: ${port}`,
      },
    ];
  }
  // Each of uvicorn's options is a variable as well (uvicorn.org/settings and its source, 2026-11).
  const isSet = (name: string) => name in variables || dockerfile.variables.has(name);
  const isUvicorn = serverOf(serve) === "uvicorn";
  const takesSocket = options(serve, "--uds", "--fd").length > 0;
  const problems: Problem[] = [];
  const hosts = hostsOf(serve);
  const isUnset = hosts.length === 0 && isUvicorn && !isSet("UVICORN_HOST") && !takesSocket;
  // It says so itself, and restarts whenever a file changes (fastapi.tiangolo.com/fastapi-cli, 2026-11).
  const isForDevelopment = serverOf(serve) === "fastapi" && serve.includes("dev") && hosts.length === 0;
  const isLoopback = hosts.length > 0 && hosts.every((host) => LOOPBACK.test(host));
  if (isUnset || isForDevelopment || isLoopback) {
    problems.push({
      key: "serve",
      got: `${shown}, which listens at ${hosts[0] ?? "127.0.0.1"}, where only its own container reaches it`,
      allowed: "a command that listens at every address of its pod",
      fix: isForDevelopment
        ? "fastapi run"
        : options(serve, "--bind", "-b").length > 0
          ? `--bind 0.0.0.0:${http.port}`
          : "--host 0.0.0.0",
    });
  }
  const namesPort = options(serve, "--port").length > 0;
  if (isUvicorn && !namesPort && !isSet("UVICORN_PORT") && !takesSocket && http.port !== 8000) {
    problems.push({
      key: "http.port",
      got: `${http.port}, while uvicorn listens at 8000 where ${shown} names no port`,
      allowed: "one port in both",
      fix: `"--port", "${http.port}" in serve, or port: 8000`,
    });
  }
  return problems;
}

/** gunicorn and hypercorn listen at 127.0.0.1:8000 unless they are told otherwise (their sources, 2026-11). */
export function bindWarnings(
  { serve, http, variables }: Description,
  { dockerfile, files }: Sources,
): Problem[] {
  const server = serverOf(serve);
  if (!http || (server !== "gunicorn" && server !== "hypercorn") || hostsOf(serve).length > 0) return [];
  const isSet = ["PORT", "GUNICORN_CMD_ARGS"].some(
    (name) => name in variables || dockerfile.variables.has(name),
  );
  const isConfigured =
    serve.some((word) => /^(-c|--config)/.test(word)) ||
    files.some((file) => basename(file) === "gunicorn.conf.py");
  if (isSet || isConfigured) return [];
  return [
    {
      key: "serve",
      got: `${JSON.stringify(serve)}, while ${server} listens at 127.0.0.1:8000 unless it is told otherwise`,
      allowed: "a command that listens at every address of its pod",
      fix: `--bind 0.0.0.0:${http.port}`,
    },
  ];
}
