import type * as pulumi from "@pulumi/pulumi";
import { access } from "./components/access.ts";
import { Alarms } from "./components/alarms.ts";
import { Cluster } from "./components/cluster.ts";
import { Database } from "./components/database.ts";
import { DatabaseLogin } from "./components/database-login.ts";
import { Image } from "./components/image.ts";
import { LoadBalancer } from "./components/load-balancer.ts";
import { Network } from "./components/network.ts";
import { ServerCertificate } from "./components/server-certificate.ts";
import type { Description } from "./description/description.ts";
import type { Settings } from "./settings.ts";

/**
 * What the service stands on: image, cluster, database and load balancer. They come up side by side, and nothing here
 * runs in the cluster.
 * @param name of cluster and database in AWS
 */
export function foundation(
  name: string,
  settings: Settings,
  description: Description,
  opts: pulumi.ComponentResourceOptions,
) {
  const { protect } = settings;
  const { http } = description;
  const { scheme } = settings.loadBalancer;
  const image = new Image("image", { ...settings.image, context: description.source, protect }, opts);
  const network = new Network("network", settings.network, opts);
  const cluster = new Cluster("cluster", { ...settings.cluster, clusterName: name, network, protect }, opts);
  const loadBalancer =
    http && scheme !== "none"
      ? new LoadBalancer(
          "load-balancer",
          { ...settings.app, ...settings.loadBalancer, scheme, http, network, clusterName: name, protect },
          opts,
        )
      : undefined;
  const database =
    description.database === "postgresql"
      ? new Database(
          "database",
          { ...settings.database, identifier: name, serviceName: description.name, network, protect },
          opts,
        )
      : undefined;
  const login =
    database &&
    new DatabaseLogin(
      "database-login",
      { ...settings.database, serviceName: description.name, database, protect },
      opts,
    );
  const alarms = database && new Alarms("alarms", { ...settings.database, stackName: name, database }, opts);
  const certificate =
    settings.pooler.replicas > 0
      ? new ServerCertificate(
          "pooler-certificate",
          { host: `${description.name}-pooler`, year: new Date().getUTCFullYear() },
          opts,
        )
      : undefined;
  const toDatabase =
    database &&
    access("database-from-cluster", "PostgreSQL from the pods of the cluster", cluster, database, opts);
  const toPods =
    http &&
    loadBalancer &&
    access(
      "cluster-from-load-balancer",
      "Requests from the load balancer",
      loadBalancer,
      { securityGroupId: cluster.securityGroupId, port: http.port },
      opts,
    );
  return { image, network, cluster, loadBalancer, database, login, alarms, certificate, toDatabase, toPods };
}
