/** What a listener takes from a client. 0 means no limit, unless it says otherwise. */
export interface Limits {
  /** Of a request line and its headers, in bytes; never 0. */
  readonly headerSize: number
  /** Lines of headers; never 0. */
  readonly headerCount: number
  /** Of a request's body, in bytes as they are sent. */
  readonly requestBody: number
  /** Of an upstream's response, in bytes as they are sent. */
  readonly responseBody: number
  /** At a time. */
  readonly connections: number
}

/** How long a client may take, in milliseconds; 0 means for ever. */
export interface Timeouts {
  /** To send a whole request. */
  readonly read: number
  /** To take some of a response that waits for it. */
  readonly write: number
}
