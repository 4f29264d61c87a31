// wafv2.WebAclAssociation. No request is filtered; every web ACL of the account is taken for one that exists.
import { matching, string, type Values } from "../provider/properties.ts";
import { accountId, region } from "./account.ts";
import { loadBalancers } from "./elbv2-load-balancers.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

// AssociateWebACL in AWS WAF's API reference, 2026-11.
const properties = {
  resourceArn: string({ required: true, replaceOnChange: true }),
  webAclArn: string({
    required: true,
    replaceOnChange: true,
    constraint: matching(
      /^arn:aws:wafv2:[a-z0-9-]+:\d{12}:(regional|global)\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}$/,
      "the ARN of a web ACL",
    ),
  }),
};

interface Association extends Identified, Values<typeof properties> {}

const associations = table<Association>("wafv2/webAclAssociation", {
  code: "WAFNonexistentItemException",
  noun: "association",
});

export const webAclAssociation = resourceType({
  token: "aws:wafv2/webAclAssociation:WebAclAssociation",
  invalid: "WAFInvalidParameterException",
  table: associations,
  properties,
  create({ resourceArn, webAclArn }) {
    const [, , , itsRegion, account, name] = webAclArn.split(":");
    const message = "AWS WAF couldn't perform the operation because your resource doesn't exist";
    if (itsRegion !== region() || account !== accountId || !name?.startsWith("regional/"))
      throw new AwsError("WAFNonexistentItemException", `${message}: ${webAclArn}`);
    if (!loadBalancers.get(resourceArn))
      throw new AwsError("WAFNonexistentItemException", `${message}: ${resourceArn}`);
    const other = associations.find((association) => association.resourceArn === resourceArn);
    // AWS would put the new one in its place: two resources would then be one association.
    if (other) throw new AwsError("WAFInvalidOperationException", `${resourceArn} has ${other.webAclArn}`);
    return { id: `${webAclArn},${resourceArn}` };
  },
});
