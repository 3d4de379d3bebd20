/** How much is told: each level includes those after it. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'none';
export type LogSeverity = Exclude<LogLevel, 'none'>;

/** Where log lines go. What arrives here is already redacted: it holds no token. */
export interface HubLogger {
  log(level: LogSeverity, message: string): void;
}

export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'none'];

/**
 * Takes out whatever is, or carries, a credential: SignalR logs the socket’s URL with `access_token` and the connection
 * token (`id`), an app may have put a secret of its own into the query, and errors of fetch and of sources quote what they
 * were given. A JWT is known by how it begins: eyJ is base64url for `{"` (RFC 7519).
 */
export function redact(text: string): string {
  return text.replace(
    /(token["']?[=:][ "']*|[?&#][\w.-]+=|Bearer (?=[^\s=]{18})|identifier "|\b(?=eyJ))[^&\s"',]+|"[^]{0,60} valid JSON/gi,
    '$1[redacted]',
  );
}

/** A logger that redacts, filters by level, and survives a logger of the app’s that throws. */
export function createLogger(logger: HubLogger | LogLevel): HubLogger {
  return {
    log(level, message) {
      try {
        if (typeof logger === 'object') logger.log(level, redact(message));
        // Not console.trace, which adds a stack.
        else if (logLevels.indexOf(level) >= logLevels.indexOf(logger))
          console[level === 'trace' ? 'debug' : level](`[hub] ${redact(message)}`);
      } catch {
        // A broken logger must not break a connection, and there is nowhere left to tell it.
      }
    },
  };
}
