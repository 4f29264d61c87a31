import { execFile } from "node:child_process";
import https from "node:https";
import { promisify } from "node:util";

/** As far as a kubeconfig of ours goes: one cluster, one user, who logs in by a command. */
interface Kubeconfig {
  clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  users: [{ user: { exec: { command: string; args: string[] } } }];
}

const SECONDS = 10;
/** What is kept of an answer: the beginning of a log says how its program has started. */
const MOST_BYTES = 1_000_000;

/** Answers of a cluster's API, as whoever the kubeconfig logs in. */
export class KubernetesApi {
  readonly #cluster: Kubeconfig["clusters"][0]["cluster"];
  readonly #exec: Kubeconfig["users"][0]["user"]["exec"];
  #token: Promise<string> | undefined;

  constructor(kubeconfig: string) {
    const { clusters, users } = JSON.parse(kubeconfig) as Kubeconfig;
    this.#cluster = clusters[0].cluster;
    this.#exec = users[0].user.exec;
  }

  async get(path: string): Promise<string> {
    this.#token ??= login(this.#exec);
    const token = await this.#token.catch((error) => {
      this.#token = undefined;
      throw error;
    });
    const authorization = `Bearer ${token}`;
    const ca = Buffer.from(this.#cluster["certificate-authority-data"], "base64");
    const agent = new https.Agent({ proxyEnv: process.env });
    const signal = AbortSignal.timeout(SECONDS * 1000);
    const url = new URL(path, this.#cluster.server);
    return new Promise((resolve, reject) => {
      const request = https.get(url, { ca, agent, signal, headers: { authorization } }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          if (body.length < MOST_BYTES) body += text;
        });
        response.on("end", () => {
          // EKS' tokens are good for a quarter of an hour.
          if (response.statusCode === 401) this.#token = undefined;
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`${url.pathname} answered ${response.statusCode}`));
        });
      });
      request.on("error", reject);
    });
  }
}

async function login({ command, args }: { command: string; args: string[] }): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: SECONDS * 1000 });
  return JSON.parse(stdout).status.token;
}
