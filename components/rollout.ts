// How pods are replaced and spread. The components use it, and so do the budgets that must hold meanwhile.

/** Pods beyond the replicas while a rolling update runs. */
export const SURGE = 1;

/** Of PgBouncer's pods during an update: those that come, and those that wait until their clients have left. */
export const GENERATIONS = 2;

/** How many pods a drain may take at once. With none, no node could be replaced or upgraded. */
export const EVICTABLE = 1;

/**
 * Zones that the pods of a version are in at the least, by which the scheduler makes Auto Mode start a node in a
 * second one: of zones without nodes it knows nothing. One of three zones can be lost without keeping a pod from
 * starting. Of two zones none can: what is left serves on, and what was lost waits for its zone. More than two would
 * make a lost zone of three do the same (kubernetes/enhancements#6211 is to change that, in 1.38 at the earliest).
 */
export const LEAST_ZONES = 2;
