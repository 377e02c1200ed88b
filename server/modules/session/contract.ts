import Type from 'typebox';
import { route } from '#domain/contract.ts';

const language = Type.Union([Type.Literal('zh'), Type.Literal('en')]);

/** The person who is logged in. */
export const Me = Type.Object({
  id: Type.String(),
  name: Type.String(),
  roles: Type.Array(Type.Object({ id: Type.String(), label: Type.Object({ zh: Type.String(), en: Type.String() }) })),
  rights: Type.Array(Type.String()),
  language,
  /** Everything but the change of the password is refused with PASSWORD_CHANGE_REQUIRED. */
  mustChangePassword: Type.Boolean(),
  /** When the session ends if nothing more is asked, and in any case. */
  idleUntil: Type.String({ format: 'date-time' }),
  expires: Type.String({ format: 'date-time' }),
});

/** Answered to everyone, so that a page can ask without provoking an error: `user` is null before the log-in. */
export const Session = Type.Object({ user: Type.Union([Me, Type.Null()]), demo: Type.Boolean() });

const example = {
  user: {
    id: 'wang.jianjun',
    name: '王建军',
    roles: [{ id: 'dispatcher', label: { zh: '调度员', en: 'Dispatcher' } }],
    rights: ['live.read', 'alarm.acknowledge'],
    language: 'zh',
    mustChangePassword: false,
    idleUntil: '2026-01-12T08:15:00.000Z',
    expires: '2026-01-12T20:00:00.000Z',
  },
  demo: true,
};

export default {
  logIn: route({
    method: 'POST',
    path: '/api/session',
    summary: { zh: '登录', en: 'Log in' },
    access: 'public',
    body: Type.Object({
      user: Type.String({ minLength: 1, maxLength: 64 }),
      password: Type.String({ minLength: 1, maxLength: 128 }),
    }),
    response: Session,
    errors: ['LOGIN_FAILED', 'LOGIN_LOCKED', 'LOGIN_RATE'],
    example: { body: { user: 'wang.jianjun', password: '********' }, response: example },
  }),
  current: route({
    method: 'GET',
    path: '/api/session',
    summary: { zh: '当前会话', en: 'The current session' },
    access: 'public',
    response: Session,
    example: { response: example },
  }),
  logOut: route({
    method: 'DELETE',
    path: '/api/session',
    summary: { zh: '退出登录', en: 'Log out' },
    access: 'session',
    status: 204,
  }),
  setLanguage: route({
    method: 'PUT',
    path: '/api/session/language',
    summary: { zh: '设置界面语言', en: 'Set the language of the pages' },
    access: 'session',
    body: Type.Object({ language }),
    response: Session,
    errors: ['SESSION_NEEDED'],
    example: { body: { language: 'en' } },
  }),
  changePassword: route({
    method: 'POST',
    path: '/api/session/password',
    summary: { zh: '修改自己的密码', en: "Change one's own password" },
    access: 'session',
    body: Type.Object({ current: Type.String({ minLength: 1, maxLength: 128 }), next: Type.String({ minLength: 1, maxLength: 128 }) }),
    response: Session,
    errors: ['PASSWORD_WRONG', 'LOGIN_LOCKED', 'PASSWORD_WEAK', 'SESSION_NEEDED'],
    example: { body: { current: '********', next: '************' } },
  }),
};
