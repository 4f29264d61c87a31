// What HAProxy is told, so that it behaves as an Application Load Balancer does.
import type { Listener, LoadBalancer, Redirect } from "./description.ts";

/** One place for a target. What is in it changes while HAProxy runs, by its stats socket. */
export interface Slot {
  address: string;
  port: number;
  state: SlotState;
}

export type SlotState = "ready" | "drain" | "maint";

/** The most targets of a group at a time, with those that drain. */
export const slotCount = 64;

export const slotName = (index: number): string => `slot-${index}`;

const nowhere = { address: "127.0.0.1", port: 9 };

/** ALB's own words and its `Server` header tell its answers from the service's. */
const errors: Record<number, string> = {
  400: "Bad Request",
  408: "Request Timeout",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

const errorPage = ([status, text]: [string, string]): string =>
  `  http-error status ${status} content-type text/html string "<html><head><title>${status} ${text}</title></head>` +
  `<body><center><h1>${status} ${text}</h1></center></body></html>" hdr Server awselb/2.0`;

/** ELB user guide, "Redirect actions": what is kept of the request's URL (2026-11). */
const parts: Record<string, string> = {
  "#{protocol}": "%[var(txn.protocol)]",
  "#{host}": "%[req.hdr(host),field(1,:)]",
  "#{port}": "%[dst_port]",
  "#{path}": "%[path,regsub(^/,)]",
  "#{query}": "%[query]",
};

const filled = (template: string): string => template.replace(/#\{\w+\}/g, (name) => parts[name] ?? name);

function redirect({ protocol, host, port, path, query, statusCode }: Redirect): string {
  const target = path === "/#{path}" && query === "#{query}" ? "%[pathq]" : filled(`${path}?${query}`);
  const code = statusCode.replace("HTTP_", "");
  const location = `${filled(protocol).toLowerCase()}://${filled(host)}:${filled(port)}${target}`;
  return `  http-request redirect location ${location} code ${code}`;
}

/** As a shell quotes it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function answer({
  status,
  contentType,
  body,
}: {
  status: string;
  contentType: string;
  body: string;
}): string {
  return `  http-request return status ${status} content-type ${contentType} string ${quoted(body)}`;
}

/** "X-Forwarded headers" in ELB's user guide (2026-11). Every line that a client sent ends with who it is. */
const forwardedFor: Record<LoadBalancer["xffHeaderProcessingMode"], string[]> = {
  append: [
    "http-request set-var(txn.forwarded) bool(true) if { req.fhdr(x-forwarded-for) -m found }",
    'http-request replace-header X-Forwarded-For ^(.*)$ "\\1, %[src]"',
    "http-request set-header X-Forwarded-For %[src] unless { var(txn.forwarded) -m found }",
  ],
  preserve: [],
  remove: ["http-request del-header X-Forwarded-For"],
};

function frontend(balancer: LoadBalancer, listener: Listener, folder: string): string[] {
  const { action, port, tls } = listener;
  const protocol = tls ? "https" : "http";
  const alpn = balancer.http2 ? "h2,http/1.1" : "http/1.1";
  const secure = tls && ` ssl crt ${folder}/${tls.certificate}.pem ssl-min-ver ${tls.oldest} alpn ${alpn}`;
  const headers = [
    // "only alphanumeric characters and hyphens" (attribute drop_invalid_header_fields, 2026-11)
    ...(balancer.dropInvalidHeaderFields ? ["http-request del-header [^-A-Za-z0-9] -m reg"] : []),
    ...forwardedFor[balancer.xffHeaderProcessingMode],
    `http-request set-header X-Forwarded-Proto ${protocol}`,
    "http-request set-header X-Forwarded-Port %[dst_port]",
    // For this hop alone: RFC 9110, 7.6.1. HAProxy takes the others away by itself.
    ...["Keep-Alive", "Proxy-Connection"].map((name) => `http-request del-header ${name}`),
  ];
  return [
    `frontend listener-${port}`,
    `  bind ${balancer.address}:${port}${secure ?? ""}`,
    `  http-request set-var(txn.protocol) str(${protocol})`,
    ...("redirect" in action ? [redirect(action.redirect)] : []),
    ...("answer" in action ? [answer(action.answer)] : []),
    ...("group" in action
      ? [...headers.map((line) => `  ${line}`), `  default_backend ${action.group.name}`]
      : []),
  ];
}

function backend(balancer: LoadBalancer, name: string, slots: (Slot | undefined)[]): string[] {
  const server = (index: number) => {
    const { address, port, state } = slots[index] ?? { ...nowhere, state: "maint" };
    const source = balancer.sources[index % balancer.sources.length];
    const flags = { ready: "", drain: " weight 0", maint: " disabled" }[state];
    return `  server ${slotName(index)} ${address}:${port} source ${source}${flags}`;
  };
  return [
    `backend ${name}`,
    "  balance roundrobin",
    // Connections to targets are shared among clients, and kept until they idle: half of those that do go at a time.
    "  http-reuse always",
    // A target that can't be reached is a 502 to an Application Load Balancer; 503 means that there is none.
    "  http-after-response set-status 502 if { status 503 } { res.hdr(server) awselb/2.0 } { nbsrv gt 0 }",
    `  default-server pool-purge-delay ${Math.ceil(balancer.idleTimeoutSeconds / 2)}s`,
    ...Array.from({ length: slotCount }, (_, index) => server(index)),
  ];
}

export function haproxyConfiguration(
  balancer: LoadBalancer,
  slots: Map<string, (Slot | undefined)[]>,
  folder: string,
): string {
  const idle = `${balancer.idleTimeoutSeconds}s`;
  return [
    "global",
    "  log stderr format raw local0 err",
    `  stats socket ${folder}/haproxy.sock mode 600 level admin expose-fd listeners`,
    "  maxconn 4096",
    "  user haproxy",
    "  group haproxy",
    "  hard-stop-after 60s",
    "defaults",
    "  mode http",
    // ELB user guide, troubleshooting 504: "the connection timeout expired (10 seconds)" (2026-11).
    "  timeout connect 10s",
    ...["client", "server", "http-keep-alive", "http-request"].map((what) => `  timeout ${what} ${idle}`),
    // An Application Load Balancer answers 502, and tries no other target.
    "  retries 0",
    ...Object.entries(errors).map(errorPage),
    ...balancer.listeners.flatMap((listener) => frontend(balancer, listener, folder)),
    ...balancer.groups.flatMap(({ name, arn }) => backend(balancer, name, slots.get(arn) ?? [])),
    "",
  ].join("\n");
}
