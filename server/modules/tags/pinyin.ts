/** First characters, in the order of the dictionary, of the syllables that begin with each letter. */
const BOUNDARIES = '阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥扨它穵夕丫帀';
const LETTERS = 'abcdefghjklmnopqrstwxyz';
const collator = new Intl.Collator('zh-Hans-CN-u-co-pinyin');
const IDEOGRAPH = /\p{Script=Han}/u;

/**
 * Initials of the pinyin of a text: `枫林苑2号机组` -> `fly2hjz`. By the collation of ICU, so without a dictionary;
 * a character with several readings has its most usual one.
 */
export function pinyinInitials(text: string): string {
  let initials = '';
  for (const character of text) {
    if (!IDEOGRAPH.test(character)) {
      initials += character.toLowerCase();
      continue;
    }
    let i = BOUNDARIES.length - 1;
    while (i > 0 && collator.compare(character, BOUNDARIES[i] ?? '') < 0) i -= 1;
    initials += LETTERS[i] ?? '';
  }
  return initials;
}
