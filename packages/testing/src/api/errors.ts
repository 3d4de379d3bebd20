/** An error whose text the client may see: "An unexpected error occurred invoking 'X' on the server. HubException: text". The text of every other error stays on the server. */
export class HubException extends Error {
  override readonly name = 'HubException';
}

export interface HubRejectionOptions {
  /** The `WWW-Authenticate` header, for example `Bearer error="invalid_token"`. @default 'Bearer' with status 401, else none */
  challenge?: string;
  /** More headers, for example `{ 'Retry-After': '2' }`. */
  headers?: Record<string, string>;
  /** @default '' as ASP.NET Core's bearer handler answers */
  body?: string;
}

/** Thrown by `authenticate`: the request is refused with this HTTP status, on negotiate and on the upgrade alike. */
export class HubRejection extends Error {
  override readonly name = 'HubRejection';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;

  constructor(
    readonly status: number,
    options: HubRejectionOptions = {},
  ) {
    super(`The hub refuses the request with ${status}.`);
    const challenge = options.challenge ?? (status === 401 ? 'Bearer' : undefined);
    this.headers = { ...options.headers, ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }) };
    this.body = options.body ?? '';
  }
}
