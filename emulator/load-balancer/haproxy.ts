// HAProxy as a child of this process: started with the first listener, and told of changes.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Slot, slotName } from "./configuration.ts";

const execute = promisify(execFile);
const readySeconds = 10;

export class Haproxy {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  /** Settles, with an error, when it ends by itself. */
  readonly failed: Promise<never>;
  #fail: (reason: Error) => void;

  /** @param folder of its configuration, certificates and socket */
  constructor(folder: string) {
    this.#folder = folder;
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
  }

  /** Connections go on: the process that has them stays until they end, or for a minute. */
  async configure(configuration: string): Promise<void> {
    const file = join(this.#folder, "haproxy.cfg");
    writeFileSync(file, configuration, { mode: 0o600 });
    await execute("haproxy", ["-c", "-q", "-f", file]);
    const before = this.#child && (await this.#pid());
    if (this.#child) this.#child.kill("SIGUSR2");
    else this.#start(file);
    await this.#waitUntilReady(before);
  }

  #start(file: string): void {
    // With a master process, which hands listeners and their queues over to its next worker.
    const child = spawn("haproxy", ["-W", "-q", "-f", file], { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", this.#fail);
    child.on("exit", (code) => {
      if (this.#child === child) this.#fail(new Error(`haproxy ended with ${code}`));
    });
    this.#child = child;
  }

  async #pid(): Promise<string | undefined> {
    return /^Pid: (\d+)$/m.exec(await this.command("show info"))?.[1];
  }

  async #waitUntilReady(before: string | undefined): Promise<void> {
    const deadline = Date.now() + readySeconds * 1000;
    while (((await this.#pid().catch(() => undefined)) ?? before) === before) {
      if (Date.now() > deadline) throw new Error(`haproxy took no configuration in ${readySeconds} s`);
      await sleep(20);
    }
  }

  /** Of HAProxy's Runtime API. */
  async command(command: string): Promise<string> {
    const socket = connect(join(this.#folder, "haproxy.sock"));
    await once(socket, "connect");
    socket.write(`${command}\n`);
    return text(socket);
  }

  async setSlot(group: string, index: number, { address, port, state }: Slot): Promise<void> {
    const server = `${group}/${slotName(index)}`;
    const commands = {
      ready: [
        `set server ${server} addr ${address} port ${port}`,
        `set server ${server} weight 100%`,
        `set server ${server} state ready`,
      ],
      drain: [`set server ${server} weight 0%`],
      // Whoever still waits for an answer of it gets none.
      maint: [`set server ${server} state maint`, `shutdown sessions server ${server}`],
    };
    // One line is one transaction: a server is never ready with an earlier address.
    await this.command(commands[state].join("; "));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
}
