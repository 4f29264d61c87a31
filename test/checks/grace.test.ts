import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawGraceChain, graceChain, graceProblems } from "../../checks/grace.ts";
import { timeoutProblems } from "../../checks/timeouts.ts";
import { production, settingsWith } from "./settings.ts";

const keys = (app: Partial<typeof production.app>) =>
  graceProblems(settingsWith({ app })).map(({ key }) => key);
const seconds = (min: number, max: number) => fc.integer({ min, max });

describe("each link of the chain: the smallest safe value passes, one less fails", () => {
  const chain = fc
    .record({
      deregistrationSeconds: seconds(0, 290),
      // A transaction needs 3.
      requestTimeoutSeconds: seconds(3, 59),
      spare: seconds(0, 50),
    })
    .map(({ deregistrationSeconds, requestTimeoutSeconds, spare }) => {
      const preStopSeconds = deregistrationSeconds + 10;
      const gracefulTimeoutSeconds = requestTimeoutSeconds + spare;
      return {
        deregistrationSeconds,
        requestTimeoutSeconds,
        preStopSeconds,
        gracefulTimeoutSeconds,
        terminationGracePeriodSeconds: preStopSeconds + gracefulTimeoutSeconds + 5,
      };
    });

  test.each([
    ["appPreStopSeconds", "preStopSeconds"],
    ["appTerminationGracePeriodSeconds", "terminationGracePeriodSeconds"],
  ] as const)("%s", (key, name) => {
    fc.assert(
      fc.property(chain, (app) => {
        expect(keys(app)).toEqual([]);
        expect(keys({ ...app, [name]: app[name] - 1 })).toEqual([key]);
      }),
    );
  });

  test("appGracefulTimeoutSeconds", () => {
    fc.assert(
      fc.property(chain, (app) => {
        const gracefulTimeoutSeconds = app.requestTimeoutSeconds;
        expect(keys({ ...app, gracefulTimeoutSeconds })).toEqual([]);
        expect(keys({ ...app, gracefulTimeoutSeconds: gracefulTimeoutSeconds - 1 })).toEqual([
          "appGracefulTimeoutSeconds",
        ]);
      }),
    );
  });

  test("appRequestTimeoutSeconds", () => {
    fc.assert(
      fc.property(seconds(1, 50), (commandTimeoutSeconds) => {
        const least = commandTimeoutSeconds + 1;
        const database = { commandTimeoutSeconds };
        const problems = (requestTimeoutSeconds: number) =>
          timeoutProblems(settingsWith({ database, app: { requestTimeoutSeconds } }));
        expect(problems(least)).toEqual([]);
        expect(problems(least - 1)).toHaveLength(1);
      }),
    );
  });
});

test("what a repair makes too short is named in the same run", () => {
  const settings = settingsWith({
    app: { deregistrationSeconds: 60 },
    database: { commandTimeoutSeconds: 50 },
  });
  const problems = [...timeoutProblems(settings), ...graceProblems(settings)];
  expect(problems.map(({ fix }) => fix.replace("pulumi config set ", ""))).toEqual([
    "appRequestTimeoutSeconds 51",
    "appPreStopSeconds 70",
    "appTerminationGracePeriodSeconds 126",
    "appGracefulTimeoutSeconds 51",
  ]);
});

test("the picture has every link on one scale, with its numbers", () => {
  expect(`\n${drawGraceChain(graceChain(production)).join("\n")}\n`).toBe(`
endpoint removed everywhere |======                                       | 0 to 10 s
load balancer deregisters   |      ==================                     | 10 to 40 s
preStop holds back SIGTERM  |========================                     | 0 to 40 s
requests in flight end      |                        ===============      | 40 to 65 s
service shuts down          |                                       ===   | 65 to 70 s
grace period, then SIGKILL  |=============================================| 0 to 75 s
request 20 s < load balancer's idle timeout 60 s < keep-alive 75 s
`);
});

test("several broken links share one picture", () => {
  const problems = graceProblems(settingsWith({ app: { preStopSeconds: 5, gracefulTimeoutSeconds: 1 } }));
  expect(problems.map(({ details }) => details?.length ?? 0)).toEqual([0, 7]);
});
