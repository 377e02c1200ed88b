import helmet from 'helmet';
import type { RequestHandler } from 'express';
import { hostName } from './guard.ts';

/**
 * Security headers of every answer. `style-src 'unsafe-inline'`: antd writes its styles at run time and the diagram libraries set style
 * attributes; scripts stay strict, and with `img-src`, `font-src` and `connect-src` at home a style can send nothing out.
 * `frame-src` is the flow editor's own origin, so that what runs there cannot act here.
 */
export function securityHeaders(options: {
  readonly tls: boolean;
  readonly frameOrigins: (hostname: string) => readonly string[];
}): RequestHandler {
  return (request, response, next) => {
    const host = request.headers.host ?? '';
    const frames = options.frameOrigins(hostName(host) ?? 'localhost');
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'self'"],
          'script-src': ["'self'"],
          'style-src': ["'self'", "'unsafe-inline'"],
          'img-src': ["'self'", 'data:', 'blob:'],
          'font-src': ["'self'", 'data:'],
          // 'self' does not cover web sockets in every browser.
          'connect-src': ["'self'", `${options.tls ? 'wss' : 'ws'}://${host}`],
          'worker-src': ["'self'"],
          'frame-src': ["'self'", ...frames],
          'object-src': ["'none'"],
          'base-uri': ["'self'"],
          'form-action': ["'self'"],
          'frame-ancestors': ["'none'"],
          ...(options.tls ? { 'upgrade-insecure-requests': [] } : {}),
        },
      },
      strictTransportSecurity: options.tls ? { maxAge: 31_536_000 } : false,
      crossOriginEmbedderPolicy: false,
      xFrameOptions: { action: 'deny' },
    })(request, response, next);
  };
}
