import { describe, expect, test } from "vitest";
import { tags } from "../../settings/tags.ts";

const { parse } = tags({ about: "" });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

test.each([
  ["none", {}],
  ["the most", many(40)],
  ["any script, and all signs", { "Straße ключ": "a_.:/=+@- b" }],
  ["no text", { team: "" }],
])("takes %s", (_, given) => {
  expect(parse(JSON.stringify(given))).toEqual({ value: given });
});

test("takes what YAML makes of digits and flags for text", () => {
  expect(parse('{"costCenter": 4711, "shared": true}')).toEqual({
    value: { costCenter: "4711", shared: "true" },
  });
});

describe("refuses", () => {
  test.each(["", "x", "[]", "null", "1", '"team=payments"', '["team"]'])("what is no object: %s", (raw) => {
    expect(parse(raw)).toHaveProperty("fault");
  });

  test.each([
    ["one too many", many(41)],
    ["AWS' own prefix", { "aws:team": "a" }],
    ["the same in capitals", { "AWS:team": "a" }],
    ["AWS' own prefix in a text", { team: "aws:a" }],
    ["no name", { "": "a" }],
    ["a name that is too long", { ["k".repeat(129)]: "a" }],
    ["a text that is too long", { team: "a".repeat(257) }],
    ["a sign that not every service takes", { team: "a&b" }],
    ["a name with a line's end", { "te\nam": "a" }],
    ["what is no text", { team: ["a"] }],
    ["null", { team: null }],
    ["a fraction", { team: 1.5 }],
    ["the program's own", { project: "a" }],
    ["the program's own in another case", { Environment: "a" }],
    ["what is called as the resource is", { Name: "a" }],
    ["names that IAM takes for one", { Team: "a", team: "b" }],
  ])("%s", (_, given) => {
    expect(parse(JSON.stringify(given))).toHaveProperty("fault");
  });
});
