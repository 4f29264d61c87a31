// A process that makes requests at a constant rate, whatever the answers take (an open loop): a third of them writes
// an order with a key of its own, the others read one that was acknowledged. It begins when it is told where, and ends
// when it is told to. Nothing is tried twice: each failure counts.
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { setPriority } from "node:os";

export interface Target {
  url: string;
  /** Instead of what the host's name stands for on this machine. */
  address?: string;
  /** Whom the server's certificate is from, as PEM. */
  ca?: string;
}

export interface Order extends Target {
  /** Requests a second. */
  rate: number;
  /** What the keys of this run begin with. */
  prefix: string;
}

export interface Failure {
  /** When the request was due, in milliseconds since 1970. */
  at: number;
  isWrite: boolean;
  /** The answer's status, or why there was none. */
  what: string;
  milliseconds: number;
}

export interface Load {
  requests: number;
  failures: Failure[];
  /** Keys of the writes that were answered with 201. */
  acknowledged: string[];
  /** From when a request was due to the end of its answer: a stall counts for all that waited. */
  latency: { p50: number; p99: number; slowest: number; slowestRead: number };
  /** How late the process itself was at the most, and its share of a core. */
  generator: { lateMilliseconds: number; cpuPercent: number };
}

/** Longer than the service (20 s) and a load balancer (60 s without a byte) take to give up. */
const timeoutMilliseconds = 65_000;
const writeEvery = 3;

function start({ url, address, ca, rate, prefix }: Order): () => Promise<Load> {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === "https:";
  const send = isTls ? tlsRequest : request;
  // The connection that has been idle for longest is next, so that all stay in use.
  const pool = { keepAlive: true, scheduling: "fifo" } as const;
  const agent = isTls ? new TlsAgent({ ...pool, ca }) : new Agent(pool);
  const target: RequestOptions = {
    agent,
    host: address ?? hostname,
    port: port || (isTls ? 443 : 80),
    timeout: timeoutMilliseconds,
    setHost: false,
    ...(isTls && { servername: hostname }),
  };
  const headers = { host: new URL(url).host, "content-type": "application/json" };
  const acknowledged: { key: string; id: number }[] = [];
  const failures: Failure[] = [];
  const latencies: number[] = [];
  let [slowestRead, late, made, open] = [0, 0, 0, 0];
  const origin = performance.now();
  const began = process.cpuUsage();

  /** What is wrong with an answer; undefined for a good one. */
  function judge(
    status: number | undefined,
    text: string,
    key: string,
    isWrite: boolean,
  ): string | undefined {
    if (status !== (isWrite ? 201 : 200)) return String(status);
    const order = JSON.parse(text) as { id: number; customer: string };
    if (order.customer !== key) return `${status} with the order of ${order.customer}`;
    if (isWrite) acknowledged.push({ key, id: order.id });
    return undefined;
  }

  function make(due: number, isWrite: boolean, path: string, key: string): void {
    open++;
    const line = { sku: "ENGINE-1", quantity: 1, unit_price_cents: 1999 };
    const body = isWrite ? JSON.stringify({ customer: key, lines: [line] }) : undefined;
    let isDone = false;
    const end = (what: string | undefined) => {
      if (isDone) return;
      isDone = true;
      open--;
      const milliseconds = performance.now() - due;
      latencies.push(milliseconds);
      if (!isWrite) slowestRead = Math.max(slowestRead, milliseconds);
      if (what) failures.push({ at: performance.timeOrigin + due, isWrite, what, milliseconds });
    };
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const method = isWrite ? "POST" : "GET";
    const sent = send(
      { ...target, method, path, headers: { ...headers, ...length } },
      (answer: IncomingMessage) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("error", ({ message }) => end(message));
        answer.on("end", () => end(judge(answer.statusCode, text, key, isWrite)));
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} s`)));
    sent.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    sent.end(body);
  }

  function next(due: number): void {
    const read = acknowledged[Math.floor(Math.random() * acknowledged.length)];
    if (made++ % writeEvery === 0 || !read) make(due, true, "/orders", `${prefix}-${made}`);
    else make(due, false, `/orders/${read.id}`, read.key);
  }

  const interval = 1000 / rate;
  const timer = setInterval(() => {
    const now = performance.now();
    for (let due = origin + made * interval; due <= now; due += interval) {
      late = Math.max(late, now - due);
      next(due);
    }
  }, interval);

  return async () => {
    clearInterval(timer);
    const seconds = (performance.now() - origin) / 1000;
    const { user, system } = process.cpuUsage(began);
    while (open > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    latencies.sort((a, b) => a - b);
    const share = (part: number) => latencies[Math.ceil(latencies.length * part) - 1] ?? 0;
    return {
      requests: made,
      failures,
      acknowledged: acknowledged.map(({ key }) => key),
      latency: { p50: share(0.5), p99: share(0.99), slowest: share(1), slowestRead },
      generator: { lateMilliseconds: late, cpuPercent: (user + system) / 1e4 / seconds },
    };
  };
}

// Before whatever else is at work: it must not measure its own waiting.
setPriority(-10);
let stop: (() => Promise<Load>) | undefined;
process.on("disconnect", () => process.exit(1));
process.on("message", async (message: Order | "stop") => {
  if (message !== "stop") stop = start(message);
  else process.send?.(await stop?.(), () => process.exit(0));
});
