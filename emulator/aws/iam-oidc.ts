// iam.OpenIdConnectProvider.
import { matching, set, string, tags, type Values } from "../provider/properties.ts";
import { iamArn } from "./account.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

/** CreateOpenIDConnectProvider in IAM's API reference, 2026-11. */
const properties = {
  url: string({
    required: true,
    replaceOnChange: true,
    constraint: matching(/^https:\/\/[^\s?#]{1,247}$/, "a URL from https://, of at most 255 characters"),
  }),
  clientIdLists: set(string(), {
    required: true,
    constraint: { test: (ids) => ids.length <= 100, allowed: "at most 100" },
  }),
  thumbprintLists: set(string(), {
    computed: true,
    constraint: {
      test: (prints) => prints.length <= 5 && prints.every((print) => /^[0-9a-f]{40}$/i.test(print ?? "")),
      allowed: "at most 5 thumbprints of 40 hex digits",
    },
  }),
  tags,
};

interface OpenIdConnectProvider extends Identified, Values<typeof properties> {
  arn: string;
}

const providers = table<OpenIdConnectProvider>("iam/openIdConnectProvider", {
  code: "NoSuchEntity",
  noun: "OpenID Connect provider",
});

export const openIdConnectProvider = resourceType({
  token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  invalid: "InvalidInput",
  table: providers,
  properties,
  create({ url }) {
    const id = iamArn(`oidc-provider/${url.replace("https://", "")}`);
    if (providers.get(id))
      throw new AwsError("EntityAlreadyExists", `Provider with url ${url} already exists.`);
    return { id, arn: id };
  },
});
