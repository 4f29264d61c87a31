import { named, nearest, type Problem, quoted } from "./problem.ts";
import { credentials, type Kind, namespaces, regions } from "./provider-keys.ts";

type Config = Readonly<Record<string, string>>;

/**
 * What the configuration of Pulumi and its providers must say, and must not.
 * @param secrets keys whose values no message may show
 */
export function providerProblems(config: Config, secrets: readonly string[] = []): Problem[] {
  const problems = Object.entries(config).flatMap(([key, value]) =>
    problemsOf(key, value, secrets.includes(key) ? "a secret" : quoted(value), config),
  );
  return "aws:region" in config ? problems : [...problems, wrongRegion("nothing", "eu-central-1")];
}

/** The region, for checks that depend on which one it is. */
export function knownRegion(config: Config): string | undefined {
  return regions.find((region) => region === config["aws:region"]);
}

function problemsOf(key: string, value: string, got: string, config: Config): Problem[] {
  const [namespace = "", name = ""] = key.split(/:(.*)/s);
  const keys = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined;
  if (!keys) return [];
  if (namespace === "aws" && credentials.some((credential) => credential === name)) return [credential(key)];
  if (key === "aws:defaultTags") return [hiddenTags];
  const kind = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (!kind) return [withoutEffect(key, Object.keys(keys))];
  if (fits(kind, value) || (key === "aws:region" && isNew(value, config))) return [];
  if (key === "aws:region") return [wrongRegion(got, value.trim() ? nearest(value, regions) : undefined)];
  return [{ key, got, allowed: kind.allowed, fix: `pulumi config rm ${key}` }];
}

/** As the SDK's getters read it. */
function fits({ isText, fits }: Kind, value: string): boolean {
  if (isText) return fits(value);
  try {
    return value === value.trim() && fits(JSON.parse(value));
  } catch {
    return false;
  }
}

/** AWS may have opened one since the SDK's release; the provider has a switch for that. */
function isNew(region: string, config: Config): boolean {
  return config["aws:skipRegionValidation"] === "true" && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
}

function wrongRegion(got: string, meant = "eu-central-1"): Problem {
  return {
    key: "aws:region",
    got,
    allowed: `${namespaces.aws?.region?.allowed}; a newer one with aws:skipRegionValidation true`,
    fix: `pulumi config set aws:region ${meant}`,
  };
}

const hiddenTags: Problem = {
  key: "aws:defaultTags",
  got: "tags that neither preview nor plan would show",
  allowed: "the setting tags, and the two that the program sets, project and environment",
  fix: "pulumi config rm aws:defaultTags, then pulumi config set --path tags.team payments",
};

function credential(key: string): Problem {
  return {
    key,
    got: "credentials for Pulumi alone",
    allowed: "credentials in the environment, which the login to the cluster uses as well",
    fix: `pulumi config rm ${key}, then set AWS_PROFILE, or log in as docs/aws.md says`,
  };
}

function withoutEffect(key: string, known: string[]): Problem {
  const meant = nearest(key.split(":")[1] ?? "", known);
  return {
    key: named(key),
    got: "a key without effect",
    allowed: meant
      ? `${known.join(", ")}; the nearest is ${meant}`
      : "none: the program sets up this provider itself",
    fix: `pulumi config rm ${named(key)}`,
  };
}
