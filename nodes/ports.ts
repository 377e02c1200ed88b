import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Quality, Sample } from '#domain/sample.ts';
import type { Text } from '#domain/text.ts';

/** What goes along a wire: its kind, its unit and how to read it from a message. */
export interface Port<T> {
  readonly kind: 'reading' | 'samples' | 'telegram';
  readonly unit?: string;
  readonly label: Text;
  /** Undefined if the message holds something else. */
  read(payload: unknown): T | undefined;
}

/** One value with its quality; `value` is null exactly when it is bad. */
export interface Reading {
  readonly at: number;
  readonly value: number | null;
  readonly quality: Quality;
}

/** Text that a device sent, with its address. */
export interface Telegram {
  readonly topic: string;
  readonly at: number;
  readonly text: string;
}

const QualitySchema = Type.Union([Type.Literal('good'), Type.Literal('uncertain'), Type.Literal('bad')]);
const ReadingSchema = Type.Object({ at: Type.Number(), value: Type.Union([Type.Number(), Type.Null()]), quality: QualitySchema });
const TelegramSchema = Type.Object({ topic: Type.String(), at: Type.Number(), text: Type.String() });
const SamplesSchema = Type.Array(
  Type.Object({
    tag: Type.String(),
    at: Type.Number(),
    value: Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]),
    quality: QualitySchema,
  }),
);

export const reading = (unit: string, label: Text): Port<Reading> => ({
  kind: 'reading',
  unit,
  label,
  read: (payload) => (Check(ReadingSchema, payload) ? payload : undefined),
});
export const samples = (label: Text): Port<readonly Sample[]> => ({
  kind: 'samples',
  label,
  read: (payload) => (Check(SamplesSchema, payload) ? payload : undefined),
});
export const telegram = (label: Text): Port<Telegram> => ({
  kind: 'telegram',
  label,
  read: (payload) => (Check(TelegramSchema, payload) ? payload : undefined),
});
