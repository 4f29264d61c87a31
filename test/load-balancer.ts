// Settings of a load balancer as production has it.
export const production = {
  loadBalancerScheme: "internet",
  loadBalancerDomain: "orders.example.com",
  loadBalancerHostedZone: "example.com",
};

export const WEB_ACL =
  "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop/8e2c7a36-19f6-4c0e-9f0e-8d7f0f3cbb11";
