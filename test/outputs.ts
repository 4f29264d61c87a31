import { createHash } from "node:crypto";

export const ACCOUNT = "123456789012";
const arn = (service: string, name: string) => `arn:aws:${service}:eu-central-1:${ACCOUNT}:${name}`;

/** Of which the tests look for traces where they don't belong. */
export const PASSWORD = "the-generated-password";

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

const START = new Date().toISOString();

// biome-ignore lint/suspicious/noExplicitAny: inputs are as varied as the types.
type Inputs = Record<string, any>;
type Outputs = (name: string, inputs: Inputs) => Inputs;

const none: Outputs = () => ({});
const named: Outputs = (name, inputs) => ({ name: inputs.name ?? `${name}-1a2b3c4` });
const object: Outputs = (name, { metadata, data, stringData }) => ({
  // Kubernetes' provider names what has no name, anew when an immutable object's content changes.
  metadata: { ...metadata, name: metadata?.name ?? `${name}-${digest([data, stringData]).slice(0, 7)}` },
});
/** Another one where its spec changes. */
const replaced: Outputs = (name, { metadata, spec }) => object(name, { metadata, data: spec });

const types: Record<string, Outputs> = {
  "pulumi:providers:kubernetes": none,
  "aws:ec2/vpc:Vpc": none,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": none,
  "aws:ec2/internetGateway:InternetGateway": none,
  "aws:ec2/subnet:Subnet": none,
  "aws:ec2/eip:Eip": none,
  "aws:ec2/natGateway:NatGateway": none,
  "aws:ec2/routeTable:RouteTable": none,
  "aws:ec2/route:Route": none,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": none,
  "aws:ec2/securityGroup:SecurityGroup": none,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": none,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": none,
  "aws:kms/key:Key": (name) => ({ arn: arn("kms", `key/${name}`) }),
  "aws:iam/role:Role": (name) => ({ arn: arn("iam", `role/${name}`), name }),
  "aws:iam/rolePolicy:RolePolicy": none,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": none,
  "aws:s3/bucket:Bucket": (name) => ({ arn: `arn:aws:s3:::${name}`, bucket: name }),
  "aws:s3/bucketVersioning:BucketVersioning": none,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": none,
  "aws:s3/bucketPolicy:BucketPolicy": none,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": none,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": none,
  "aws:cloudwatch/logGroup:LogGroup": (_, { name }) => ({ arn: arn("logs", `log-group:${name}`) }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": none,
  "aws:lb/loadBalancer:LoadBalancer": (name) => ({
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}/1`),
    dnsName: `${name}-1.eu-central-1.elb.amazonaws.com`,
    zoneId: "Z-ELB",
  }),
  "aws:lb/targetGroup:TargetGroup": (name) => ({
    arn: arn("elasticloadbalancing", `targetgroup/${name}/1`),
  }),
  "aws:lb/listener:Listener": none,
  "aws:acm/certificate:Certificate": (name, { domainName }) => ({
    arn: arn("acm", `certificate/${name}`),
    domainValidationOptions: [
      {
        domainName,
        resourceRecordName: `_proof.${domainName}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: "_value.acm-validations.aws.",
      },
    ],
  }),
  "aws:acm/certificateValidation:CertificateValidation": none,
  "aws:route53/record:Record": (_, { name }) => ({ fqdn: name }),
  "aws:wafv2/webAclAssociation:WebAclAssociation": none,
  "aws:sns/topic:Topic": (name) => ({ arn: arn("sns", name) }),
  "aws:sns/topicPolicy:TopicPolicy": none,
  "aws:ecr/repository:Repository": (name) => ({
    name,
    region: "eu-central-1",
    registryId: ACCOUNT,
    repositoryUrl: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/${name}`,
  }),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": none,
  "aws:eks/cluster:Cluster": (_, { name, vpcConfig, kubernetesNetworkConfig }) => ({
    arn: arn("eks", `cluster/${name}`),
    endpoint: "https://cluster.example",
    certificateAuthority: { data: "Q0E=" },
    createdAt: START,
    vpcConfig: { ...vpcConfig, clusterSecurityGroupId: "sg-cluster" },
    kubernetesNetworkConfig: { ...kubernetesNetworkConfig, serviceIpv4Cidr: "172.20.0.0/16" },
  }),
  "aws:eks/addon:Addon": none,
  "aws:eks/accessEntry:AccessEntry": none,
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": none,
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": none,
  "aws:rds/subnetGroup:SubnetGroup": named,
  "aws:rds/parameterGroup:ParameterGroup": named,
  "aws:rds/instance:Instance": () => ({ address: "database.example", port: 5432 }),
  "aws:secretsmanager/secret:Secret": (name) => ({ arn: arn("secretsmanager", `secret:${name}`) }),
  "aws:secretsmanager/secretVersion:SecretVersion": (_, { secretString }) => ({
    versionId: digest(secretString),
  }),
  "random:index/randomPassword:RandomPassword": () => ({ result: PASSWORD }),
  "tls:index/privateKey:PrivateKey": (name) => ({ privateKeyPem: `the key of ${name}` }),
  "tls:index/selfSignedCert:SelfSignedCert": (name) => ({ certPem: `the certificate of ${name}` }),
  "tls:index/certRequest:CertRequest": (name) => ({ certRequestPem: `the request of ${name}` }),
  "tls:index/locallySignedCert:LocallySignedCert": (name) => ({ certPem: `the certificate of ${name}` }),
  "docker:index/image:Image": (_, { imageName }) => ({
    repoDigest: `${imageName.split(":")[0]}@sha256:${digest(imageName)}`,
  }),
  "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding": object,
  "kubernetes:core/v1:Namespace": object,
  "kubernetes:core/v1:ServiceAccount": object,
  "kubernetes:core/v1:ConfigMap": object,
  "kubernetes:core/v1:ConfigMapPatch": object,
  "kubernetes:core/v1:Secret": object,
  "kubernetes:core/v1:Service": object,
  "kubernetes:core/v1:PersistentVolumeClaim": object,
  "kubernetes:storage.k8s.io/v1:StorageClass": object,
  "kubernetes:batch/v1:Job": object,
  "kubernetes:batch/v1:CronJob": object,
  "kubernetes:apps/v1:StatefulSet": object,
  "kubernetes:apps/v1:Deployment": object,
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": object,
  "kubernetes:policy/v1:PodDisruptionBudget": object,
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": object,
  "kubernetes:rbac.authorization.k8s.io/v1:Role": object,
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": object,
  "kubernetes:apiregistration.k8s.io/v1:APIService": object,
  "kubernetes:karpenter.sh/v1:NodePool": object,
  "kubernetes:external-secrets.io/v1:SecretStore": object,
  "kubernetes:external-secrets.io/v1:ExternalSecret": replaced,
  "kubernetes:helm.sh/v3:Release": none,
};

/** What a provider adds to the inputs once the resource exists. A type that isn't listed is an error. */
export function outputsOf(type: string): Outputs {
  const outputs = types[type];
  if (!outputs) throw new Error(`no mock for ${type}`);
  return outputs;
}

/** Before anything exists: what the program said, but no object that the provider adds to. */
export function knownAtPreview({ vpcConfig: _, metadata: __, ...inputs }: Inputs): Inputs {
  return inputs;
}
