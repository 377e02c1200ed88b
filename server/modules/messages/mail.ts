import type { Text } from '#domain/text.ts';
import type { Millis } from '#domain/time.ts';

const encoded = (text: string): string => `=?UTF-8?B?${Buffer.from(text.replaceAll(/[\r\n]+/g, ' '), 'utf8').toString('base64')}?=`;
const lines = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n');
const address = (user: string): string => `${user.replaceAll(/[^A-Za-z0-9._-]/g, '_')}@localhost`;

/** One message as RFC 5322 text, both languages in one HTML part. */
export function mailText(mail: {
  readonly id: string;
  readonly at: Millis;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly subject: Text;
  readonly html: Text;
}): string {
  const html = `<!doctype html><html><head><meta charset="utf-8"></head><body>${mail.html.zh}<hr>${mail.html.en}</body></html>`;
  return [
    `Date: ${new Date(mail.at).toUTCString().replace('GMT', '+0000')}`,
    `From: ${mail.from}`,
    `To: ${encoded(mail.name)} <${address(mail.to)}>`,
    `Subject: ${encoded(mail.subject.zh)} ${encoded(` / ${mail.subject.en}`)}`,
    `Message-ID: <${mail.id}@nuanliu>`,
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    lines(html),
    '',
  ].join('\r\n');
}
