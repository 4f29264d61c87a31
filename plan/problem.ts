/** What keeps a plan from being made, told as everywhere: what, got, allowed, how to fix it. */
export class PlanError extends Error {
  /** As gRPC calls the message: of an error in a mock, the SDK passes on nothing else. */
  readonly details: string;

  constructor(what: string, { got, allowed, fix }: { got: string; allowed: string; fix: string }) {
    super(`${what}: got ${got}; allowed: ${allowed}; fix: ${fix}`);
    this.details = this.message;
  }
}
