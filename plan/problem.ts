/** What keeps a plan from being made, told as everywhere: what, got, allowed, how to fix it. */
export class PlanError extends Error {
  constructor(what: string, { got, allowed, fix }: { got: string; allowed: string; fix: string }) {
    super(`${what}: got ${got}; allowed: ${allowed}; fix: ${fix}`);
  }
}
