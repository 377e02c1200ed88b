import { Type } from 'typebox';
import type { Static } from 'typebox';
import { route } from '#domain/contract.ts';

const At = Type.String({ format: 'date-time' });

const Message = Type.Object({
  id: Type.String(),
  at: At,
  template: Type.String(),
  /** Subject and text in both languages; `html` is escaped by the template engine and free of scripts. */
  subject: Type.Object({ zh: Type.String(), en: Type.String() }),
  html: Type.Object({ zh: Type.String(), en: Type.String() }),
  link: Type.Optional(Type.String({ description: 'path inside the platform: /tasks/123' })),
  readAt: Type.Optional(At),
});
export type Message = Static<typeof Message>;

/** The topic `messages`: first `{ unread }`, then each new message. */
export interface MessagePush {
  readonly unread: number;
  readonly message?: Message;
}

export const contract = {
  mine: route({
    method: 'GET',
    path: '/api/messages/mine',
    access: 'session',
    summary: { zh: '我的消息', en: 'My messages, newest first' },
    query: Type.Object({
      unread: Type.Optional(Type.Boolean()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Type.Optional(Type.String({ maxLength: 100 })),
    }),
    response: Type.Object({ items: Type.Array(Message), unread: Type.Integer(), next: Type.Optional(Type.String()) }),
  }),
  read: route({
    method: 'POST',
    path: '/api/messages/mine/:id/read',
    access: 'session',
    summary: { zh: '标为已读', en: 'Mark as read' },
    params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
    response: Message,
    errors: ['MESSAGE_NOT_FOUND'],
  }),
};
