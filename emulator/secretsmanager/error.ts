/** A refusal in Secrets Manager's words. */
export class SecretsManagerError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "SecretsManagerError";
    this.code = code;
    this.status = status;
  }
}

export const notImplemented = (what: string): SecretsManagerError =>
  new SecretsManagerError("NotImplemented", `The emulator's Secrets Manager doesn't know ${what}`, 501);

export const unknownCaller = (): SecretsManagerError =>
  new SecretsManagerError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
