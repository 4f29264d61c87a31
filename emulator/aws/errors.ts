/** A refusal in AWS' words: its error code first, as its command line and SDKs show it. */
export class AwsError extends Error {
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = "AwsError";
  }
}
