import { Problem } from '#domain/errors.ts';
import type { Deployed } from './deployed.ts';

interface Given {
  readonly deployed: Deployed;
  readonly request: (method: 'GET' | 'PUT', path: string, body?: unknown) => Promise<unknown>;
  readonly log: (text: string) => void;
  /** Told after the editor's deploy was stored. */
  readonly onSaved: () => void;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const PART = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,63}$/u;

/** Path of a library entry; nothing that could leave its folder. */
export function libraryKey(type: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (![type, ...parts].every((part) => PART.test(part) && !part.includes('..')))
    throw new Problem('LIBRARY_PATH', 400, `not a library path: ${type}/${path}`);
  return [type, ...parts].join('/');
}

/**
 * Node-RED's storage over the control channel (security.md D2): flows are revisions of the platform, credentials are encrypted there,
 * nothing of it lies in files here.
 */
export class Storage {
  readonly #given: Given;
  /** While the platform's own deployment is applied nothing is saved back. */
  applying = false;

  constructor(given: Given) {
    this.#given = given;
  }

  /** The object with own properties that Node-RED wants. */
  asModule(): object {
    const { deployed, request, log } = this.#given;
    const document = async (name: string): Promise<Record<string, unknown>> => {
      try {
        const value = await request('GET', name);
        return isRecord(value) ? value : {};
      } catch (error) {
        log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        return {};
      }
    };
    return {
      init: async () => undefined,
      getFlows: async () => deployed.nodes,
      saveFlows: async (flows: unknown, user: unknown) => {
        if (this.applying) return;
        await deployed.save(flows, isRecord(user) && typeof user['username'] === 'string' ? user['username'] : '');
        this.#given.onSaved();
      },
      getCredentials: () => document('credentials'),
      saveCredentials: async (credentials: unknown) => {
        if (!this.applying) await request('PUT', 'credentials', credentials);
      },
      getSettings: () => document('settings'),
      saveSettings: async (settings: unknown) => {
        await request('PUT', 'settings', settings).catch((error: unknown) => log(`settings: ${String(error)}`));
      },
      getSessions: async () => ({}),
      saveSessions: async () => undefined,
      getLibraryEntry: async (type: string, path: string) => entryOf(await document('library'), libraryKey(type, path)),
      saveLibraryEntry: async (type: string, path: string, meta: unknown, body: unknown) => {
        const library = await document('library');
        await request('PUT', 'library', { ...library, [libraryKey(type, path)]: { meta, body } });
      },
    };
  }
}

/** The body of an entry, or the list of what a folder holds: names of folders and `{fn}` of entries. */
function entryOf(library: Readonly<Record<string, unknown>>, key: string): unknown {
  const entry = Object.hasOwn(library, key) ? library[key] : undefined;
  if (isRecord(entry)) return entry['body'];
  const below = Object.keys(library)
    .filter((name) => name.startsWith(`${key}/`))
    .map((name) => name.slice(key.length + 1));
  const folders = new Set(below.filter((name) => name.includes('/')).map((name) => name.split('/')[0]));
  return [...folders, ...below.filter((name) => !name.includes('/')).map((fn) => ({ fn }))];
}
