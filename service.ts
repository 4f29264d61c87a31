import type { Description } from "./description/description.ts";
import { known } from "./description/known.ts";

/** The service that this program deploys. docs/service.md says what each line means. */
export const service: Description = {
  name: "orders",
  source: "app",
  serve: ["orders", "serve"],
  http: {
    port: 8000,
    liveness: "/healthz",
    readiness: "/readyz",
    metrics: { port: 9000, path: "/metrics", requestsInFlight: "http_server_active_requests" },
  },
  database: "postgresql",
  migrations: {
    command: ["orders", "migrate"],
    tool: "alembic",
    revisions: "src/orders/migrations/versions",
  },
  variables: {
    APP_ENVIRONMENT: known.environment,
    APP_IMAGE: known.image,
    APP_PORT: known.port,
    APP_METRICS_PORT: known.metricsPort,
    APP_WORKERS: known.workers,
    APP_LOG_LEVEL: known.logLevel,
    APP_DOCS: known.docs,
    APP_ALLOWED_HOSTS: known.allowedHosts,
    APP_TRUSTED_PROXIES: known.trustedProxies,
    APP_REQUEST_TIMEOUT_SECONDS: known.requestTimeoutSeconds,
    APP_GRACEFUL_TIMEOUT_SECONDS: known.gracefulTimeoutSeconds,
    APP_KEEP_ALIVE_SECONDS: known.keepAliveSeconds,
    APP_DATABASE_HOST: known.database.host,
    APP_DATABASE_PORT: known.database.port,
    APP_DATABASE_NAME: known.database.name,
    APP_DATABASE_USER: known.database.user,
    APP_DATABASE_CA_FILE: known.database.caFile,
    APP_DATABASE_FILE: known.database.file,
    APP_DATABASE_POOL_SIZE: known.database.poolSize,
    APP_DATABASE_MAX_OVERFLOW: known.database.maxOverflow,
    APP_DATABASE_POOL_PRE_PING: known.database.poolPrePing,
    APP_DATABASE_POOL_RECYCLE_SECONDS: known.database.poolRecycleSeconds,
    APP_DATABASE_CONNECT_TIMEOUT_SECONDS: known.database.connectTimeoutSeconds,
    APP_DATABASE_COMMAND_TIMEOUT_SECONDS: known.database.commandTimeoutSeconds,
    APP_MIGRATION_STATEMENT_TIMEOUT_MS: known.migration.statementTimeoutMs,
  },
  secretFiles: {
    folder: "/run/secrets/orders",
    files: { APP_DATABASE_PASSWORD: known.database.password },
  },
  request: {
    method: "POST",
    path: "/orders",
    body: {
      customer: "Ada Lovelace",
      lines: [{ sku: "ENGINE-1", quantity: 1, unit_price_cents: 1999 }],
    },
    status: 201,
  },
};
