import { expect, test } from "vitest";
import { workerProblems } from "../../checks/workers.ts";
import { known, text } from "../../description/known.ts";

test("several workers are refused where no variable tells the service", () => {
  const two = { app: { workers: 2 } };
  for (const told of [known.workers, text`--workers=${known.workers}`])
    expect(workerProblems(two, { variables: { TOLD: told } })).toEqual([]);
  const variables = { APP_PORT: known.port, NOTE: "known.workers" };
  expect(workerProblems({ app: { workers: 1 } }, { variables })).toEqual([]);
  expect(workerProblems(two, { variables })).toEqual([
    {
      key: "appWorkers",
      got: "2",
      allowed: "1, as long as no variable in service.ts has known.workers",
      fix: "pulumi config set appWorkers 1",
    },
  ]);
});
