import { createHmac, timingSafeEqual } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';

/** Header by which the proxy tells the flow runtime who is at the editor. Node-RED never sees a cookie or a password. */
export const EDITOR_TOKEN_HEADER = 'x-nuanliu-editor';

const EditorUser = Type.Object({
  user: Type.String({ minLength: 1 }),
  name: Type.String(),
  session: Type.String(),
  scopes: Type.Array(Type.String()),
  expires: Type.Number(),
});
export type EditorUser = Static<typeof EditorUser>;

/** Signed with the runtime's own credential, which only the host and the runtime know; lives for one request. */
export function signEditorToken(user: EditorUser, credential: string): string {
  const body = Buffer.from(JSON.stringify(user)).toString('base64url');
  return `${body}.${createHmac('sha256', credential).update(`editor ${body}`).digest('base64url')}`;
}

/** The user of a token, or undefined if it is forged, malformed or too old. */
export function verifyEditorToken(token: string, credential: string, now: number): EditorUser | undefined {
  const [body = '', signature = ''] = token.split('.');
  const expected = createHmac('sha256', credential).update(`editor ${body}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  try {
    const user: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return Check(EditorUser, user) && user.expires > now ? user : undefined;
  } catch {
    return undefined;
  }
}
