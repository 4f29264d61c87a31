import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KubernetesApi } from "../../components/kubernetes-api.ts";

test("logs in again after a login that failed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fastapi-eks-login-"));
  const script = `if mkdir ${folder}/first; then exit 1; fi; echo '{"status":{"token":"secret"}}'`;
  const cluster = { server: "https://127.0.0.1:1", "certificate-authority-data": "" };
  const kubeconfig = {
    clusters: [{ cluster }],
    users: [{ user: { exec: { command: "sh", args: ["-c", script] } } }],
  };
  const api = new KubernetesApi(JSON.stringify(kubeconfig));
  await expect(api.get("/version")).rejects.toThrow("Command failed: sh");
  // Now it gets as far as the address, where nothing listens.
  await expect(api.get("/version")).rejects.not.toThrow("Command failed");
  rmSync(folder, { recursive: true });
});
