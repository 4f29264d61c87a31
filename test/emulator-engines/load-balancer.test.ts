// The proxy behind the emulated load balancer: targets come, drain, fail and go while requests flow.
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  add,
  ask,
  change,
  healthAt,
  known,
  onToyLoadBalancer,
  seen,
  setHealthy,
  startTarget,
  stopTarget,
  take,
} from "./toy-load-balancer.ts";

onToyLoadBalancer();

const becomes = (port: number, state: string | undefined) =>
  expect.poll(() => healthAt(port), { timeout: 20_000 }).toBe(state);

const targetsSeen = async (requests = 12): Promise<number[]> => {
  const answers = [];
  for (let index = 0; index < requests; index++) answers.push(seen(await ask()).target);
  return [...new Set(answers)].sort();
};

async function healthyTargets(count: number): Promise<number[]> {
  const ports = [];
  for (let index = 0; index < count; index++) ports.push(await startTarget());
  for (const port of ports) add(port);
  for (const port of ports) await becomes(port, "healthy");
  await sleep(400);
  return ports.sort();
}

test("without a target: 503, and it is the load balancer that says so", async () => {
  await expect.poll(() => ask().then(({ status }) => status, String), { timeout: 20_000 }).toBe(503);
  expect((await ask()).headers.server).toBe("awselb/2.0");
});

test("requests are shared by healthy targets, from addresses of the load balancer's subnets", async () => {
  const ports = await healthyTargets(2);
  expect(await targetsSeen()).toEqual(ports);
  const sources = new Set<string | undefined>();
  for (let index = 0; index < 4; index++) sources.add(seen(await ask()).from);
  expect([...sources].sort()).toEqual(["127.0.0.2", "127.0.0.3"]);
});

test("a target that fails its checks gets nothing, and gets requests again once it has passed two", async () => {
  const [one, other] = (await healthyTargets(2)) as [number, number];
  setHealthy(one, false);
  await becomes(one, "unhealthy");
  await sleep(400);
  expect(await targetsSeen()).toEqual([other]);
  setHealthy(one, true);
  await becomes(one, "healthy");
  await sleep(400);
  expect(await targetsSeen()).toEqual([one, other]);
});

test("it fails open when every target is unhealthy", async () => {
  const ports = await healthyTargets(2);
  for (const port of ports) setHealthy(port, false);
  for (const port of ports) await becomes(port, "unhealthy");
  await sleep(400);
  expect(await targetsSeen()).toEqual(ports);
});

test("a new target is initial, and gets nothing while others are healthy", async () => {
  const [old] = (await healthyTargets(1)) as [number];
  const added = await startTarget();
  setHealthy(added, false);
  add(added);
  expect(healthAt(added)).toBe("initial");
  await sleep(400);
  expect(await targetsSeen()).toEqual([old]);
  setHealthy(added, true);
  await becomes(added, "healthy");
});

test("a target that drains finishes what it has, gets nothing new, and is forgotten after the delay", async () => {
  const [one, other] = (await healthyTargets(2)) as [number, number];
  const slow = Array.from({ length: 4 }, () => ask("/slow/1200"));
  await sleep(200);
  take(one);
  await becomes(one, "draining");
  await sleep(400);
  expect(await targetsSeen()).toEqual([other]);
  const answers = await Promise.all(slow);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(new Set(answers.map((answer) => seen(answer).target))).toEqual(new Set([one, other]));
  await becomes(one, undefined);
  await sleep(400);
  expect(known()).toHaveLength(1);
});

test("what is longer than the deregistration delay is cut off", async () => {
  const [one] = (await healthyTargets(1)) as [number];
  const slow = ask("/slow/9000").catch((error: Error) => error);
  await sleep(200);
  take(one);
  const answer = await slow;
  expect(answer instanceof Error ? 502 : answer.status).toBe(502);
});

test("targets are exchanged under load without one failed request or closed connection", async () => {
  let ports = await healthyTargets(2);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let working = true;
  let requests = 0;
  const failures: string[] = [];
  const client = async () => {
    while (working) {
      requests++;
      const answer = await ask("/slow/5", { agent }).catch((error: Error) => error);
      if (answer instanceof Error) failures.push(answer.message);
      else if (answer.status !== 200) failures.push(`${answer.status} ${answer.text}`);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  for (let round = 0; round < 3; round++) {
    const next = await healthyTargets(2);
    for (const port of ports) take(port);
    for (const port of ports) await becomes(port, undefined);
    for (const port of ports) stopTarget(port);
    ports = next;
  }
  working = false;
  await Promise.all(clients);
  agent.destroy();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(1000);
});

test("a target that resets the connection: 502", async () => {
  const [one] = (await healthyTargets(1)) as [number];
  stopTarget(one);
  expect((await ask()).status).toBe(502);
});

test("an answer that takes longer than the idle timeout: 504", async () => {
  await healthyTargets(1);
  change({ idleTimeoutSeconds: 1 });
  const status = () => ask("/slow/3000").then((answer) => answer.status);
  await expect.poll(status, { timeout: 20_000 }).toBe(504);
});
