import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { contract } from '#contract/messages';
import type { Message, MessagePush } from '#contract/messages';
import { Problem } from '#domain/errors.ts';
import { planList } from '#domain/list.ts';
import { defineModule } from '../../define-module.ts';
import type { LiveTopic } from '../../define-module.ts';
import type { Directory } from '../../people.ts';
import type { Messenger, Templates } from '../../services.ts';
import { DuplicateKey } from '../../store/port.ts';
import type { Doc } from '../../store/port.ts';
import { mailText } from './mail.ts';

const MESSAGES = 'messages';
const Texts = Type.Object({ zh: Type.String(), en: Type.String() });
const Stored = Type.Object({
  _id: Type.String(),
  ver: Type.Integer(),
  to: Type.String(),
  at: Type.Number(),
  template: Type.String(),
  subject: Texts,
  html: Texts,
  link: Type.Optional(Type.String()),
  readAt: Type.Optional(Type.Number()),
});
const stored = Compile(Stored);

interface MessagesNeeds {
  readonly directory: Directory;
  readonly templates: Templates;
  /** Folder of the `.eml` files; made if it is not there. */
  readonly mailFolder: string;
  /** Sender of the mails: `nuanliu@localhost`. */
  readonly mailFrom?: string;
}

function parse(doc: Doc): Static<typeof Stored> {
  if (!stored.Check(doc)) throw new Problem('STORE_CORRUPT', 500, `message ${doc._id} is damaged`);
  return doc;
}
const view = (doc: Static<typeof Stored>): Message => ({
  id: doc._id,
  at: new Date(doc.at).toISOString(),
  template: doc.template,
  subject: doc.subject,
  html: doc.html,
  ...(doc.link === undefined ? {} : { link: doc.link }),
  ...(doc.readAt === undefined ? {} : { readAt: new Date(doc.readAt).toISOString() }),
});

/** 消息: in the app and as mail files; the same key and person twice is one message. */
export default defineModule<typeof contract, MessagesNeeds, { readonly messenger: Messenger }>({
  name: 'messages',
  contract,
  async start({ store, bus, clock, directory, templates, mailFolder, mailFrom = 'nuanliu@localhost' }) {
    await store.ensureIndex(MESSAGES, ['to', 'at']);
    await mkdir(mailFolder, { recursive: true });
    const unread = async (user: string): Promise<number> => store.count(MESSAGES, { to: user, readAt: { $exists: false } });

    /** The file first: a crash before the document writes the same file again. */
    async function deliver(to: string, message: Parameters<Messenger['send']>[0]): Promise<void> {
      const person = directory.user(to);
      if (!person) return;
      const id = createHash('sha256').update(`${message.key}\n${to}`).digest('hex').slice(0, 24);
      if (await store.get(MESSAGES, id)) return;
      const { subject, html } = templates.render(message.template, message.data);
      const at = clock.now();
      const file = join(mailFolder, `${id}.eml`);
      await writeFile(`${file}.part`, mailText({ id, at, from: mailFrom, to, name: person.name, subject, html }), { mode: 0o600 });
      await rename(`${file}.part`, file);
      try {
        await store.insert(MESSAGES, [
          { _id: id, to, at, template: message.template, subject, html, ...(message.link === undefined ? {} : { link: message.link }) },
        ]);
      } catch (error) {
        if (error instanceof DuplicateKey) return;
        throw error;
      }
      bus.emit('message', { id, to, subject: subject.zh });
    }

    const topic: LiveTopic = {
      name: 'messages',
      allowed: (caller) => caller.kind === 'user',
      snapshot: async (caller): Promise<MessagePush> => ({ unread: await unread(caller.id) }),
      subscribe: (caller, _argument, push) =>
        bus.on('message', ({ id, to }) => {
          if (to !== caller.id) return;
          void Promise.all([unread(to), store.get(MESSAGES, id)]).then(([count, doc]) => {
            const pushed: MessagePush = { unread: count, ...(doc ? { message: view(parse(doc)) } : {}) };
            push(pushed);
          });
        }),
    };
    return {
      messenger: {
        async send(message) {
          for (const to of new Set(message.to)) await deliver(to, message);
        },
      },
      topics: [topic],
      handlers: {
        mine: async ({ caller, query }) => {
          const plan = planList({ limit: query.limit, after: query.after }, { fields: { at: 'time' }, sort: '-at' });
          const mine = { to: caller.id, ...(query.unread === true ? { readAt: { $exists: false } } : {}) };
          const rows = await store.all(MESSAGES, { $and: [mine, plan.filter] }, { sort: plan.sort, limit: plan.read });
          const { rows: page, next } = plan.page(rows);
          return { items: page.map((doc) => view(parse(doc))), unread: await unread(caller.id), ...(next === undefined ? {} : { next }) };
        },
        read: async ({ caller, params }) => {
          const doc = await store.get(MESSAGES, params.id);
          if (!doc || parse(doc).to !== caller.id) throw new Problem('MESSAGE_NOT_FOUND', 404, 'there is no such message');
          if (parse(doc).readAt === undefined) await store.update(MESSAGES, { _id: params.id }, { $set: { readAt: clock.now() } });
          return view({ ...parse(doc), readAt: parse(doc).readAt ?? clock.now() });
        },
      },
    };
  },
});
