// The instances that there are, for whoever asks about one.
import type { InstanceInputs } from "./rds-instance-properties.ts";
import { type Identified, table } from "./store.ts";

export interface Instance extends Identified, InstanceInputs {
  arn: string;
  resourceId: string;
  address: string;
  allocatedStorage: number;
  engineVersionActual: string;
  availabilityZone: string;
  hostedZoneId: string;
  status: string;
  endpoint?: string;
}

export const instances = table<Instance>("rds/instance", { code: "DBInstanceNotFound", noun: "DBInstance" });
