// `npm run bench -- service`: the service beside a bare FastAPI app with the same models, engine and server.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { dataPath, instanceEnvironment } from "../emulator/engines/instance.ts";
import { postgres } from "../emulator/toolchain/parts.ts";
import { provide } from "../emulator/toolchain/toolchain.ts";
import { uv } from "../test/uv.ts";

export async function compareService(): Promise<void> {
  Object.assign(process.env, instanceEnvironment("scratch"));
  await provide(postgres, () => undefined);
  const app = join(dirname(import.meta.dirname), "app");
  // For the PostgreSQL of the service's tests.
  const env = { ...process.env, POSTGRES_BIN: dataPath("postgres", "bin"), PYTHONPATH: app };
  const measure = ["run", "--frozen", "python", join(import.meta.dirname, "service", "measure.py")];
  const { status, error } = spawnSync(uv(), measure, { cwd: app, stdio: "inherit", env });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
