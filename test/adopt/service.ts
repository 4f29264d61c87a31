import type { Description } from "../../description/description.ts";
import { databaseUrl, known } from "../../description/known.ts";

export const service: Description = {
  name: "shop",
  source: "shop",
  serve: ["uvicorn", "shop.main:app", "--host", "0.0.0.0", "--port", "8080"],
  http: { port: 8080, liveness: "/health", readiness: "/ready" },
  database: "postgresql",
  migrations: { command: ["alembic", "upgrade", "head"], tool: "alembic", revisions: "alembic/versions" },
  variables: {
    DATABASE_URL: databaseUrl("postgresql+psycopg"),
    DB_POOL_SIZE: known.database.poolSize,
    DB_MAX_OVERFLOW: known.database.maxOverflow,
  },
  request: { method: "POST", path: "/products", body: { name: "Lamp", price_cents: 4900 }, status: 201 },
};
