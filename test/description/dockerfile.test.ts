import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Dockerfile, execForm } from "../../description/dockerfile.ts";

const read = (text: string) => new Dockerfile(text);

describe("the sample's and the stranger's", () => {
  const sample = read(readFileSync("app/Dockerfile", "utf8"));
  const stranger = read(readFileSync("test/adopt/shop/Dockerfile", "utf8"));

  test("are read to their end", () => {
    expect(sample.ports.map(({ port }) => port)).toEqual([8000]);
    expect(sample.last("USER")?.text).toBe("10001:10001");
    expect(sample.variables.get("PATH")).toBe("/service/bin:/app/bin:$PATH");
    expect(sample.variables.has("UV_PYTHON")).toBe(false);
    expect(stranger.ports.map(({ port }) => port)).toEqual([8080]);
    expect(stranger.variables.get("PYTHONPATH")).toBe("/srv/shop/src");
    expect(execForm(stranger.last("CMD")?.text ?? "")).toContain("shop.main:app");
  });

  test("are built from the base image that the settings choose", () => {
    expect([sample, stranger].map((file) => file.buildsFrom("BASE_IMAGE"))).toEqual([true, true]);
  });
});

test.each([
  ["FROM python", false],
  ["FROM $BASE_IMAGE", false],
  ["FROM x\nARG BASE_IMAGE\nFROM $BASE_IMAGE", false],
  ["ARG BASE_IMAGE\nFROM python", false],
  ["ARG BASE_IMAGE_OLD\nFROM $BASE_IMAGE_OLD", false],
  ["ARG BASE_IMAGE\nFROM $BASE_IMAGE", true],
  [`ARG BASE_IMAGE=python:3\nFROM \${BASE_IMAGE:-x} AS build\nFROM scratch`, true],
  [`ARG OTHER BASE_IMAGE=a\nFROM --platform=linux/amd64 \${BASE_IMAGE}`, true],
])("%j is built from BASE_IMAGE: %s", (text, expected) => {
  expect(read(text).buildsFrom("BASE_IMAGE")).toBe(expected);
});

test("stages count as far as the last one is built on them", () => {
  const file = read("FROM a AS one\nUSER 1\nEXPOSE 1\nFROM b AS two\nEXPOSE 2\nFROM one\nEXPOSE 3/tcp");
  expect(file.ports).toEqual([
    { port: 1, line: 3 },
    { port: 3, line: 7 },
  ]);
  expect(file.last("USER")?.line).toBe(2);
});

test("comments, continued lines, heredocs and flags are what Docker takes them for", () => {
  const file = read(
    [
      "# EXPOSE 1",
      "from a",
      "RUN one \\",
      "  # USER root",
      "  two \\",
      "",
      "  three",
      "COPY <<EOF /x",
      "USER root",
      "EOF",
      "COPY --chown=0:0 --chmod=0700 src /src",
      "ENV A=1 B=\"two words\" C='3'",
      "ENV D four five",
      "expose 80 81",
    ].join("\n"),
  );
  expect(file.instructions.map(({ name }) => name)).toEqual([
    "FROM",
    "RUN",
    "COPY",
    "COPY",
    "ENV",
    "ENV",
    "EXPOSE",
  ]);
  expect(file.instructions[1]?.text.split(/\s+/)).toEqual(["one", "two", "three"]);
  expect(file.last("COPY")).toEqual({
    name: "COPY",
    text: "src /src",
    flags: new Map([
      ["chown", "0:0"],
      ["chmod", "0700"],
    ]),
    line: 11,
  });
  expect(Object.fromEntries(file.variables)).toEqual({ A: "1", B: "two words", C: "3", D: "four five" });
  expect(file.ports.map(({ port }) => port)).toEqual([80, 81]);
});

test("a port that a variable stands for isn't known", () => {
  expect(read("FROM a\nEXPOSE $PORT 80").ports).toEqual([]);
});
