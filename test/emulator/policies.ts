// Calls from pods, to see what policies let through.
import { get, kubectl } from "./machine.ts";

/** `open` answers, `refused` does so without anybody listening, `cut` is silence, `unreachable` has no way. */
export type Outcome = "open" | "refused" | "cut" | "unreachable";

const ask = `
import socket, sys
for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print("open")
    except ConnectionRefusedError:
        print("refused")
    except TimeoutError:
        print("cut")
    except socket.gaierror:
        print("unknown name")
    except OSError:
        print("unreachable")
`;

/** What a container gets to hear from each of the targets, `host:port`. */
export function call(namespace: string, pod: string, targets: readonly string[]): Record<string, Outcome> {
  const lines = kubectl("exec", "-n", namespace, pod, "--", "python3", "-c", ask, ...targets)
    .trim()
    .split("\n");
  return Object.fromEntries(targets.map((target, index) => [target, lines[index] as Outcome]));
}

/** Starts a pod that answers at port 8000, and calls whom it is told; the image is the service's, which has Python. */
export function startProbe(namespace: string, labels: Record<string, string> = {}): void {
  const [{ spec }] = get("deployment", "-n", "orders").items;
  const overrides = {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "probe",
          image: spec.template.spec.containers[0].image,
          command: ["python3", "-m", "http.server", "8000"],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
  kubectl("run", "probe", "-n", namespace, "--image=probe", `--overrides=${JSON.stringify(overrides)}`);
  kubectl("wait", "-n", namespace, "--for=condition=Ready", "--timeout=90s", "pod/probe");
}
