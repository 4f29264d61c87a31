import { afterEach, describe, expect, it, vi } from "vitest";
import * as engines from "./engines.ts";
import { create, destroy, type Outputs, stateFiles, update } from "./harness.ts";
import { clusterInputs, createNetwork, createWayOut, instanceInputs } from "./world.ts";

const roleType = "iam/role:Role";
const ruleType = "vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const clusterType = "eks/cluster:Cluster";
const instanceType = "rds/instance:Instance";
const parameterGroupType = "rds/parameterGroup:ParameterGroup";

describe("the emulated AWS refuses at an update", () => {
  it.each([
    [
      "two minor versions up",
      { version: "1.33" },
      { version: "1.35" },
      "Unsupported Kubernetes minor version update from 1.33 to 1.35",
    ],
    [
      "a version down that it wasn't upgraded from",
      { version: "1.34" },
      { version: "1.33" },
      "a cluster goes back only within 7 days of an upgrade",
    ],
    [
      "two versions down",
      { version: "1.36" },
      { version: "1.34" },
      "from 1.36 to 1.34; allowed: one version up",
    ],
  ])("of a cluster: %s", async (_what, before, after, message) => {
    const inputs = await clusterInputs(await createNetwork());
    const cluster = await create(clusterType, { ...inputs, ...before });
    await expect(update(clusterType, cluster, { ...inputs, ...after })).rejects.toThrow(message);
  });

  describe("of a cluster: the way back from an upgrade", () => {
    const versions = async (properties: Outputs, ...path: string[]) => {
      const inputs = { ...(await clusterInputs(await createNetwork())), ...properties };
      let cluster: Outputs = await create(clusterType, { ...inputs, version: path[0] });
      for (const version of path.slice(1))
        cluster = await update(clusterType, cluster, { ...inputs, version });
      return { cluster, to: (version: string) => update(clusterType, cluster, { ...inputs, version }) };
    };
    afterEach(() => void vi.useRealTimers());

    it("is open for 7 days", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-25") });
      const { to } = await versions({}, "1.35", "1.36");
      vi.setSystemTime(new Date("2026-12-03"));
      await expect(to("1.35")).rejects.toThrow("a cluster goes back only within 7 days of an upgrade");
      vi.setSystemTime(new Date("2026-12-01"));
      expect(await to("1.35")).toMatchObject({ version: "1.35" });
    });

    it("is gone once: what was rolled back, or deleted since, was not upgraded", async () => {
      const { to, cluster } = await versions({}, "1.34", "1.35", "1.36", "1.35");
      await expect(to("1.34")).rejects.toThrow("only within 7 days of an upgrade");
      await destroy(clusterType, cluster);
      expect(Object.keys(stateFiles()).filter((path) => path.startsWith("aws/eks/"))).toEqual([]);
    });

    it("leads into extended support only if the cluster takes that", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-25") });
      const standard = { upgradePolicy: { supportType: "STANDARD" } };
      await expect((await versions(standard, "1.33", "1.34")).to("1.33")).rejects.toThrow(
        "Version 1.33 is in extended support; the upgradePolicy's supportType must be EXTENDED",
      );
    });
  });

  it("of a cluster: other zones than those that it was made in", async () => {
    const network = await createNetwork();
    const inputs = await clusterInputs(network);
    const cluster = await create(clusterType, inputs);
    const [first, second] = network.subnets;
    const subnet = (zone: string, cidrBlock: string) =>
      create("ec2/subnet:Subnet", { vpcId: network.vpc.id, cidrBlock, availabilityZone: zone });
    const third = await subnet("eu-central-1c", "10.0.2.0/24");
    const change = (...subnets: (Outputs | undefined)[]) =>
      update(clusterType, cluster, {
        ...inputs,
        vpcConfig: { ...inputs.vpcConfig, subnetIds: subnets.map((subnet) => subnet?.id) },
      });
    for (const subnets of [
      [first, second, third],
      [first, third],
    ]) {
      await expect(change(...subnets)).rejects.toThrow(
        /^InvalidParameterException: Provided subnets .*'eu-central-1a.*'eu-central-1a,eu-central-1b'/,
      );
    }
    await change(await subnet("eu-central-1a", "10.0.3.0/24"), second);
  });

  it.each([
    ["an older minor version", { engineVersion: "17.9" }, "Cannot upgrade postgres from 17.10 to 17.9"],
    ["a major version without the flag", { engineVersion: "18" }, "AllowMajorVersionUpgrade"],
    ["less storage", { allocatedStorage: 20 }, "Requested storage size 20"],
  ])("of a database: %s", async (_what, after, message) => {
    const inputs = { ...(await instanceInputs(await createNetwork())), allocatedStorage: 30 };
    const instance = await create(instanceType, inputs);
    await expect(update(instanceType, instance, { ...inputs, ...after })).rejects.toThrow(message);
  });
});

describe("the emulated AWS refuses at deletion", () => {
  it("a VPC, subnet and security group in use", async () => {
    const network = await createNetwork();
    const { vpc, subnets, securityGroup } = network;
    await create(instanceType, await instanceInputs(network));
    await expect(destroy("ec2/vpc:Vpc", vpc)).rejects.toThrow(/^DependencyViolation: The vpc .* subnet-/);
    await expect(destroy("ec2/subnet:Subnet", subnets[0] ?? {})).rejects.toThrow(
      /^DependencyViolation: .*subnetGroup/,
    );
    await expect(destroy("ec2/securityGroup:SecurityGroup", securityGroup)).rejects.toThrow(
      /^DependencyViolation/,
    );
    const group = { id: "service" };
    await expect(destroy("rds/subnetGroup:SubnetGroup", group)).rejects.toThrow(
      /^InvalidDBSubnetGroupStateFault/,
    );
    await expect(destroy(parameterGroupType, group)).rejects.toThrow(/^InvalidDBParameterGroupState/);
  });

  it("a security group that another one's rule names, and not one with rules of its own", async () => {
    const { vpc, securityGroup } = await createNetwork();
    const other = await create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "other" });
    const rule = { ipProtocol: "tcp", fromPort: 80, toPort: 80 };
    await create(ruleType, {
      ...rule,
      securityGroupId: other.id,
      referencedSecurityGroupId: securityGroup.id,
    });
    await expect(destroy("ec2/securityGroup:SecurityGroup", securityGroup)).rejects.toThrow(
      /^DependencyViolation/,
    );
    await destroy("ec2/securityGroup:SecurityGroup", other);
  });

  it("an address and an internet gateway behind a NAT gateway", async () => {
    const { vpc, subnets } = await createNetwork();
    const gateway = await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
    const eip = await create("ec2/eip:Eip", { domain: "vpc" });
    await create("ec2/natGateway:NatGateway", { subnetId: subnets[0]?.id, allocationId: eip.id });
    await expect(destroy("ec2/eip:Eip", eip)).rejects.toThrow(/^InvalidIPAddress.InUse/);
    await expect(destroy("ec2/internetGateway:InternetGateway", gateway)).rejects.toThrow(
      /^DependencyViolation/,
    );
  });

  it("a role with policies, or that a cluster has", async () => {
    const inputs = await clusterInputs(await createNetwork());
    await expect(destroy(roleType, { id: "cluster" })).rejects.toThrow(/^DeleteConflict/);
    await create(clusterType, inputs);
    await expect(destroy(roleType, { id: "node" })).rejects.toThrow(/^DeleteConflict/);
  });

  it("a repository with images, unless forceDelete", async () => {
    engines.listImages.mockResolvedValue(["sha256:1"]);
    const kept = await create("ecr/repository:Repository", { name: "kept" });
    const repository = "ecr/repository:Repository";
    await expect(destroy(repository, kept)).rejects.toThrow(/^RepositoryNotEmptyException/);
    await destroy(repository, await create(repository, { name: "dropped", forceDelete: true }));
    expect(engines.deleteRepository).toHaveBeenCalledExactlyOnceWith("dropped");
  });

  it("a protected database or cluster, and a database without a word on its final snapshot", async () => {
    const network = await createNetwork();
    const inputs = await instanceInputs(network);
    const instance = await create(instanceType, { ...inputs, deletionProtection: true });
    await expect(destroy(instanceType, instance)).rejects.toThrow(
      /^InvalidParameterCombination: Cannot delete protected/,
    );
    await update(instanceType, instance, { ...inputs, skipFinalSnapshot: false });
    await expect(destroy(instanceType, instance)).rejects.toThrow(/FinalDBSnapshotIdentifier is required/);
    const cluster = await create(clusterType, {
      ...(await clusterInputs(network)),
      deletionProtection: true,
    });
    await expect(destroy(clusterType, cluster)).rejects.toThrow(/^InvalidRequestException/);
    expect(engines.deleteInstance).not.toHaveBeenCalled();
    expect(engines.deleteCluster).not.toHaveBeenCalled();
  });
});

describe("a cluster's nodes", () => {
  const natType = "ec2/natGateway:NatGateway";

  /** As the engine does it: a node asks for leave until it gets it. */
  const leaveLate = () =>
    engines.deleteCluster.mockImplementation(async (_name, canLeave: () => boolean) => {
      do await new Promise((resolve) => setTimeout(resolve, 50));
      while (!canLeave());
    });

  it("leave as long as their way out is there", async () => {
    const network = await createNetwork();
    const { nat, route } = await createWayOut(network);
    const cluster = await create(clusterType, await clusterInputs(network));
    leaveLate();
    await destroy(clusterType, cluster);
    await destroy("ec2/route:Route", route);
    await destroy(natType, nat);
  });

  it.each(["route", "nat"] as const)(
    "hang when the %s goes first, until the program's time is up",
    async (first) => {
      const network = await createNetwork();
      const wayOut = await createWayOut(network);
      const cluster = await create(clusterType, await clusterInputs(network));
      leaveLate();
      const deletion = destroy(clusterType, cluster, 0.3);
      await destroy(first === "nat" ? natType : "ec2/route:Route", wayOut[first]);
      await expect(deletion).rejects.toThrow(/timeout while waiting for state.*can't leave subnet-/);
      // It is still being deleted, and what it needs can't go.
      const [subnet] = network.subnets;
      await expect(destroy("ec2/subnet:Subnet", subnet ?? {})).rejects.toThrow(/^DependencyViolation/);
    },
  );
});
