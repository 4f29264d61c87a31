import { expect, test } from "vitest";
import { externalSecretsProblems } from "../../checks/external-secrets.ts";

test.each(["sqlite", "none"] as const)(
  "with %s there is no Secret that could come from elsewhere",
  (database) => {
    const of = (externalSecrets: boolean) => externalSecretsProblems({ externalSecrets }, { database });
    expect(of(true)).toEqual([
      {
        key: "externalSecrets",
        got: "true",
        allowed: `false where service.ts has database: "${database}": its pods have no Secrets`,
        fix: "pulumi config set externalSecrets false",
      },
    ]);
    expect(of(false)).toEqual([]);
  },
);

test("with PostgreSQL there are some", () => {
  expect(externalSecretsProblems({ externalSecrets: true }, { database: "postgresql" })).toEqual([]);
});
