import { join } from 'node:path';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { Problem } from '#domain/errors.ts';

/** Files whose names carry a hash of their content (Vite's `assets/`). */
const HASHED = /[\\/]assets[\\/][^\\/]+-[\w-]{8,}\.\w+$/;

/** The built pages: hashed assets for ever, everything else asked again; addresses of pages answer with `index.html`. */
export function pages(staticDir: string): RequestHandler[] {
  const files = express.static(staticDir, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    setHeaders: (response, file) => {
      response.setHeader('cache-control', HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const page = (request: Request, response: Response, next: (error?: unknown) => void): void => {
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(?:api|runtime|metrics)(?:\/|$)/.test(request.path) &&
      (request.headers.accept ?? '').includes('text/html');
    // A missing script must not be answered with a page, or the browser shows a riddle instead of a 404.
    if (!isPage || request.path.startsWith('/assets/')) {
      next();
      return;
    }
    response.setHeader('cache-control', 'no-cache');
    response.sendFile(join(staticDir, 'index.html'), { dotfiles: 'allow' }, (error: unknown) => {
      if (error && !response.headersSent)
        next(new Problem('PAGES_MISSING', 503, 'the pages are not built: npm run build:editor', { cause: error }));
    });
  };
  return [files, page];
}
