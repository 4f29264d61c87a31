// Where a pod can be by its volumes: those that there are have a zone, others get one that their class allows.
import { api } from "./kubernetes.ts";
import { allowedZones, type Claim, type StorageClass, zoneLabel } from "./volume-rules.ts";

export interface PodWithVolumes {
  metadata: { namespace: string };
  spec: { volumes?: { persistentVolumeClaim?: { claimName: string } }[] };
}

interface PersistentVolume {
  spec: {
    nodeAffinity?: {
      required: { nodeSelectorTerms: { matchExpressions?: { key: string; values?: string[] }[] }[] };
    };
  };
}

async function zonesOfClaim(cluster: string, path: string): Promise<string[] | undefined> {
  const { spec } = await api<Claim>(cluster, "GET", path);
  if (!spec.volumeName) {
    if (!spec.storageClassName) return undefined;
    const storageClass = `/apis/storage.k8s.io/v1/storageclasses/${spec.storageClassName}`;
    return allowedZones(await api<StorageClass>(cluster, "GET", storageClass));
  }
  const volume = `/api/v1/persistentvolumes/${spec.volumeName}`;
  const { nodeAffinity } = (await api<PersistentVolume>(cluster, "GET", volume)).spec;
  const terms = nodeAffinity?.required.nodeSelectorTerms ?? [];
  const zones = terms.map(({ matchExpressions = [] }) =>
    matchExpressions.find(({ key }) => key === zoneLabel),
  );
  return zones.length > 0 ? zones.flatMap((zone) => zone?.values ?? []) : undefined;
}

/** The zones where all volumes of a pod can be; undefined: any. */
export async function zonesOfVolumes(cluster: string, pod: PodWithVolumes): Promise<string[] | undefined> {
  const claims = (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim ?? []);
  const zones = await Promise.all(
    claims.map(({ claimName }) => {
      const path = `/api/v1/namespaces/${pod.metadata.namespace}/persistentvolumeclaims/${claimName}`;
      // A claim or class that isn't there says nothing of zones.
      return zonesOfClaim(cluster, path).catch(() => undefined);
    }),
  );
  const known = zones.filter((found) => found !== undefined);
  return known.length > 0
    ? known.reduce((all, more) => all.filter((zone) => more.includes(zone)))
    : undefined;
}
