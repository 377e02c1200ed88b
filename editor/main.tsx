import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api.ts';
import { App } from './app.tsx';
import './i18n.ts';
import './tokens.css';
import './ui/base.css';
import './shell/shell.css';
import { applyTheme } from './theme.ts';

applyTheme();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one; only what never arrived or failed inside is tried again.
      retry: (count, error) => count < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      retryDelay: (count) => Math.min(4000, 500 * 2 ** count),
      staleTime: 5000,
      refetchOnWindowFocus: true,
    },
  },
});

const root = document.querySelector('#root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
