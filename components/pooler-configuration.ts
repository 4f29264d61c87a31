// PgBouncer's files; pgbouncer(5) says what each line does.

export const POOLER_PORT = 5432;
export const FOLDER = "/etc/pooler/settings";
export const SECRETS = "/etc/pooler/secrets";

export interface Backend {
  /** As in the certificate of PostgreSQL. */
  address: string;
  port: number;
  /** Of the database. */
  name: string;
}

export interface PoolerConfiguration {
  /** Connections to PostgreSQL for each login. */
  size: number;
  /** Connections of the service: all of them, when it is the last one. */
  clients: number;
  /** Longest that opening a connection to PostgreSQL may take. */
  connectTimeoutSeconds: number;
  /** When nobody waits for an answer any more. */
  requestTimeoutSeconds: number;
}

export function configuration({ address, port, name }: Backend, settings: PoolerConfiguration): string {
  const { size, clients, connectTimeoutSeconds, requestTimeoutSeconds } = settings;
  // A cancellation may reach another pod, which doesn't know the statement: PostgreSQL ends it by itself.
  const limit = `SET statement_timeout = ${requestTimeoutSeconds * 1000}`;
  return [
    "[databases]",
    `${name} = host=${address} port=${port} dbname=${name} connect_query='${limit}'`,
    "",
    "[pgbouncer]",
    ...lines({
      listen_addr: "*",
      listen_port: POOLER_PORT,
      unix_socket_dir: "",
      pool_mode: "transaction",
      default_pool_size: size,
      max_client_conn: clients,
      max_prepared_statements: 200,
      auth_type: "scram-sha-256",
      auth_file: `${SECRETS}/userlist.txt`,
      client_tls_sslmode: "require",
      client_tls_cert_file: `${FOLDER}/server.crt`,
      client_tls_key_file: `${SECRETS}/server.key`,
      // It doesn't start without one, although no client shows a certificate.
      client_tls_ca_file: `${FOLDER}/server.crt`,
      server_tls_sslmode: "verify-full",
      server_tls_ca_file: `${FOLDER}/database-ca.pem`,
      server_connect_timeout: connectTimeoutSeconds,
      query_wait_timeout: requestTimeoutSeconds,
      // After an outage clients get through at once, and after a failover to the new address.
      server_login_retry: 1,
      dns_max_ttl: 5,
      dns_nxdomain_ttl: 5,
      // What a login or a drained pod needs no more is there for others.
      server_idle_timeout: 60,
      // A server that is gone without a word.
      tcp_keepidle: 15,
      tcp_keepintvl: 5,
      tcp_keepcnt: 3,
      tcp_user_timeout: 10_000,
      // Each readiness probe of the service would be two lines.
      log_connections: 0,
      log_disconnections: 0,
    }),
    "",
  ].join("\n");
}

const lines = (values: Record<string, string | number>): string[] =>
  Object.entries(values).map(([key, value]) => `${key} = ${value}`);

/** In clear: PgBouncer logs in to PostgreSQL with it. */
export function userlist(logins: readonly { username: string; password: string }[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return logins.map(({ username, password }) => `${quoted(username)} ${quoted(password)}\n`).join("");
}
