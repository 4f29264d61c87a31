// AWS' services as principals: IAM takes only those that exist into a trust policy.

/**
 * From awsdocs/iam-user-guide (reference_service_principals_listing) and kevinslin/cdk-constants, 2026-11, and for
 * pods.eks, monitoring.rds and vpc-flow-logs the user guides of EKS, RDS and VPC. One that is missing here is refused
 * though it exists: add it.
 */
const names = `
  acm apigateway application-autoscaling appstream.application-autoscaling appsync athena autoscaling batch
  channels.lex cloud9 clouddirectory cloudformation cloudfront cloudsearch cloudtrail codebuild codecommit codedeploy
  codepipeline config continuousexport.discovery custom-resource.application-autoscaling datapipeline dax deeplens
  directconnect dlm dms ds dynamodb ec2 ec2fleet ec2scheduled ecr ecs ecs-tasks edgelambda eks elasticache
  elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce elastictranscoder es events firehose glue
  greengrass guardduty health iam inspector iot kinesis kinesisanalytics kms lambda lex lightsail logs machinelearning
  macie mediaconvert monitoring monitoring.rds opsworks organizations pods.eks rds redshift rekognition
  replication.dynamodb route53 s3 sagemaker secretsmanager servicecatalog ses signin sms sns spotfleet sqs ssm sso
  states storagegateway sts support swf trustedadvisor vmie vpc-flow-logs waf workdocs workspaces
`
  .trim()
  .split(/\s+/);

/** Some have a name in each region as well, such as logs.eu-central-1.amazonaws.com. */
export function isServicePrincipal(principal: string): boolean {
  const name = /^(.+?)(\.[a-z]{2}-[a-z]+-\d)?\.amazonaws\.com$/.exec(principal)?.[1];
  return name !== undefined && names.includes(name);
}
