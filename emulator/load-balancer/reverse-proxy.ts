// Keeps HAProxy at what a load balancer and its targets are. Targets come, drain and go without a reload.
import { setTimeout as sleep } from "node:timers/promises";
import { haproxyConfiguration } from "./configuration.ts";
import type { LoadBalancer } from "./description.ts";
import { Group } from "./group.ts";
import { Haproxy } from "./haproxy.ts";

const stepMilliseconds = 300;

export class ReverseProxy {
  readonly #folder: string;
  readonly #describe: () => Promise<LoadBalancer>;
  readonly #haproxy: Haproxy;
  readonly #groups = new Map<string, Group>();
  /** HAProxy's configuration, as if there were no targets. */
  #shape = "";
  #work: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  /**
   * @param folder of HAProxy's configuration, certificates and socket
   * @param describe is asked again and again
   */
  constructor(folder: string, describe: () => Promise<LoadBalancer>) {
    this.#folder = folder;
    this.#describe = describe;
    this.#haproxy = new Haproxy(folder);
  }

  /** Works until it is stopped; fails when HAProxy ends. */
  run(): Promise<void> {
    this.#work = this.#steps();
    return Promise.race([this.#work, this.#haproxy.failed]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work?.catch(() => undefined);
    for (const group of this.#groups.values()) group.stop();
    await this.#haproxy.stop();
  }

  async #steps(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#step();
      await sleep(stepMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  }

  async #step(): Promise<void> {
    const balancer = await this.#describe();
    const unused = [...this.#groups.keys()].filter(
      (arn) => !balancer.groups.some((group) => group.arn === arn),
    );
    for (const arn of unused) {
      this.#groups.get(arn)?.stop();
      this.#groups.delete(arn);
    }
    if (balancer.listeners.length === 0) {
      this.#shape = "";
      await this.#haproxy.stop();
      return;
    }
    const changes = balancer.groups.flatMap((described) => {
      const group = this.#groups.get(described.arn) ?? new Group(described, balancer);
      this.#groups.set(described.arn, group);
      return group.follow(described, balancer).map((change) => ({ ...change, group: group.name }));
    });
    const shape = haproxyConfiguration(balancer, new Map(), this.#folder);
    if (shape === this.#shape) {
      for (const { group, index, slot } of changes) await this.#haproxy.setSlot(group, index, slot);
      return;
    }
    const slots = new Map([...this.#groups].map(([arn, group]) => [arn, group.slots]));
    await this.#haproxy.configure(haproxyConfiguration(balancer, slots, this.#folder));
    this.#shape = shape;
  }
}
