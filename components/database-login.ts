import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { databaseName } from "../description/database-name.ts";
import { credentials, type Database } from "./database.ts";

export interface DatabaseLoginArgs {
  /** Whose login it is: its roles are called after it. */
  serviceName: string;
  database: Database;
  /** Which of the two logins pods use: with an odd number the first, with an even one the second. */
  credential: number;
  /** Keep the secret for a while when it is deleted. */
  protect: boolean;
}

export interface Login {
  username: string;
  /** A Pulumi secret, of letters and digits. */
  password: pulumi.Output<string>;
}

/**
 * As whom a service's pods log in: they read and write rows, and alter nothing. There are two logins, so that pods move
 * from the one to the other while both work. What makes them in the database is in login-pods.ts.
 */
export class DatabaseLogin extends pulumi.ComponentResource {
  readonly database: Database;
  readonly credential: number;
  /** The role that has the rights. Nobody logs in as it. */
  readonly group: string;
  readonly current: Login;
  /** Of the pods before, or of those to come. */
  readonly other: Login;
  /** The secret that tells other stacks. */
  readonly secretArn: pulumi.Output<string>;

  constructor(name: string, args: DatabaseLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:DatabaseLogin", name, {}, opts);
    const { database, credential } = args;
    this.database = database;
    this.credential = credential;
    this.group = `${databaseName(args.serviceName)}_app`;
    const isOdd = credential % 2 === 1;
    // Each keeps its password until its own turn comes again: pods may be using the other.
    const odd = this.#login(`${name}-a`, `${this.group}_a`, isOdd ? credential : credential - 1);
    const even = this.#login(`${name}-b`, `${this.group}_b`, isOdd ? credential - 1 : credential);
    [this.current, this.other] = isOdd ? [odd, even] : [even, odd];
    const secret = new Secret(
      `${name}-credentials`,
      {
        description: "How to log in to the database as the service does",
        kmsKeyId: database.keyArn,
        recoveryWindowInDays: args.protect ? 30 : 0,
      },
      { parent: this },
    );
    this.secretArn = secret.arn;
    this.registerOutputs();
  }

  #login(name: string, username: string, turn: number): Login {
    const { result } = new RandomPassword(
      name,
      { length: 40, special: false, keepers: { credential: String(turn) } },
      { parent: this },
    );
    return { username, password: pulumi.secret(result) };
  }

  /** Tells other stacks, once the login is open. */
  publish(name: string, opened: pulumi.Resource, parent: pulumi.Resource): void {
    const { username, password } = this.current;
    new SecretVersion(
      name,
      {
        secretId: this.secretArn,
        secretString: credentials(this.database, pulumi.output(username), password),
      },
      { parent, dependsOn: opened },
    );
  }
}
