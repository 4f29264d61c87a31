import { RunError } from "@pulumi/pulumi";
import type { Deployment } from "./deployment.ts";

/** The proxy answers here while it is up, to its own container alone. */
export const HEALTH = "http://127.0.0.1:8081";

/** How long a request waits for the next version, after the version before has stopped. */
const START_SECONDS = 30;

/**
 * The proxy's configuration. Caddy gets certificates for these names from Let's Encrypt or ZeroSSL and renews them;
 * for `localhost` and names below it, from an authority of its own, which nobody trusts.
 */
export function caddyfile({ service, settings }: Deployment): string | undefined {
  if (!service.http) return undefined;
  const { allowedHosts, gracefulTimeoutSeconds } = settings.app;
  const wildcard = allowedHosts.find((host) => host.includes("*"));
  if (wildcard !== undefined) {
    throw new RunError(
      `appAllowedHosts: got ${wildcard}; allowed on a VM: whole names, since Caddy gets a certificate for a pattern only ` +
        "through the API of whoever keeps your DNS; fix: name the hosts in the settings of a stack for the VM",
    );
  }
  const hosts = allowedHosts.length > 0 ? allowedHosts : ["localhost"];
  return `{
	admin off
	skip_install_trust
}

${hosts.join(", ")} {
	reverse_proxy app:${service.http.port} {
		# While a deploy replaces the app, requests wait for it.
		lb_try_duration ${gracefulTimeoutSeconds + START_SECONDS}s
		lb_try_interval 100ms
		transport http {
			# A connection that the app closes in that moment would lose the request on it.
			keepalive off
		}
	}
}

${HEALTH} {
	bind 127.0.0.1
	respond 200
}
`;
}
