/** A refusal in S3's words. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(code: string, status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = "S3Error";
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

export const notImplemented = (what: string): S3Error =>
  new S3Error("NotImplemented", 501, `The emulator's S3 doesn't know ${what}`);

export const unknownCaller = (): S3Error =>
  new S3Error("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.");
