// Stand-ins for the real engines.
import { vi } from "vitest";

export const createCluster = vi.fn();
export const deleteCluster = vi.fn();
export const chooseBuiltInPools = vi.fn();
export const grantAccess = vi.fn();
export const revokeAccess = vi.fn();
export const deployMetricsServer = vi.fn();
export const removeMetricsServer = vi.fn();
export const createInstance = vi.fn();
export const updateInstance = vi.fn();
export const deleteInstance = vi.fn();
export const earliestRestorableTime = vi.fn();
export const listImages = vi.fn();
export const deleteRepository = vi.fn();
export const resolveTag = vi.fn();
export const docker = vi.fn();
export const publishBuckets = vi.fn();
export const publishAliases = vi.fn();
export const publishLoadBalancers = vi.fn();
export const publishSecretsManager = vi.fn();
export const removeLoadBalancer = vi.fn();
export const startLoadBalancer = vi.fn();
export const stopLoadBalancer = vi.fn();
export const registryAddress = () => "10.213.0.1:5000";
export const endpointsAddress = () => "10.213.0.99";
export const registryCredentials = () => ({ userName: "AWS", password: "registry-password" });
