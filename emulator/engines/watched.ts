// Objects of a cluster as a watch keeps them, for controllers that look again and again: it costs the API server
// nothing as long as nothing changes.
import type { IncomingMessage } from "node:http";
import { api, stream } from "./kubernetes.ts";

interface Named {
  metadata: { uid: string };
}

type Objects = Map<string, Named>;

interface Event {
  type: "ADDED" | "MODIFIED" | "DELETED" | "ERROR";
  object: Named;
}

/** How long one watch lasts. Whoever lost the server without noticing asks anew after that. */
const seconds = 30;

const kinds = new Map<string, Promise<Objects>>();

/** All objects of a kind. The first call asks the API server, and so does one after a watch has ended. */
export async function watched<T>(cluster: string, path: string): Promise<T[]> {
  const key = `${cluster} ${path}`;
  const known = kinds.get(key) ?? begin(cluster, path, () => kinds.delete(key));
  kinds.set(key, known);
  return [...(await known).values()] as T[];
}

async function begin(cluster: string, path: string, end: () => void): Promise<Objects> {
  try {
    const { metadata, items } = await api<{ metadata: { resourceVersion: string }; items: Named[] }>(
      cluster,
      "GET",
      `${path}?resourceVersion=0`,
    );
    const objects = new Map(items.map((item) => [item.metadata.uid, item]));
    const query = `watch=1&timeoutSeconds=${seconds}&resourceVersion=${metadata.resourceVersion}`;
    const events = await stream(cluster, `${path}?${query}`, (seconds + 5) * 1000);
    void follow(events, objects).finally(end);
    return objects;
  } catch (error) {
    end();
    throw error;
  }
}

async function follow(events: IncomingMessage, objects: Objects): Promise<void> {
  let rest = "";
  try {
    for await (const chunk of events.setEncoding("utf8")) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object }: Event = JSON.parse(line);
        // What it is to be told is too long ago.
        if (type === "ERROR") return;
        if (type === "DELETED") objects.delete(object.metadata.uid);
        else objects.set(object.metadata.uid, object);
      }
    }
  } catch {
    // The server went away. The next call says so, if it is still away.
  }
}
