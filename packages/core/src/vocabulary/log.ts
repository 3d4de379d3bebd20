/** How much is told: each level includes those after it. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'none';
export type LogSeverity = Exclude<LogLevel, 'none'>;

/** Where log lines go. What arrives here is already redacted: it holds no token. */
export interface HubLogger {
  log(level: LogSeverity, message: string): void;
}

export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'none'];

/**
 * Takes out whatever is, or carries, a credential: SignalR logs the socket’s URL with `access_token`, negotiate answers
 * hold connection tokens, and errors of fetch and of sources quote what they were given.
 */
export function redact(text: string): string {
  return text
    .replace(/\b(access_token|id_token|refresh_token|id_token_hint|code|id)=[^&\s"'<>]+/gi, '$1=[redacted]')
    .replace(/\b(Bearer|DPoP|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]')
    .replace(/("?\w*token\w*"?\s*[:=]\s*)"[^"]*"/gi, '$1"[redacted]"')
    // A JWT, wherever it stands: base64url of `{"` begins with eyJ (RFC 7519).
    .replace(/\beyJ[\w-]+(\.[\w-]*)+/g, '[redacted]');
}

/** A logger that redacts, filters by level, and survives a logger of the app’s that throws. */
export function createLogger(logger: HubLogger | LogLevel): HubLogger {
  const threshold = typeof logger === 'string' ? logLevels.indexOf(logger) : 0;
  const sink = typeof logger === 'string' ? consoleLogger : logger;
  return {
    log(level, message) {
      if (logLevels.indexOf(level) < threshold) return;
      try {
        sink.log(level, redact(message));
      } catch {
        // A broken logger must not break a connection, and there is nowhere left to tell it.
      }
    },
  };
}

const consoleLogger: HubLogger = {
  log(level, message) {
    console[level === 'trace' ? 'debug' : level](`[hub] ${message}`);
  },
};
