import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useDeferredValue, useState } from 'react';
import { contract as tags } from '#contract/tags';
import { call } from '../../api.ts';
import { useT } from '../../i18n.ts';

/** Finds a tag by Chinese, code or pinyin initials and hands it over. */
export function TagPicker({ onPick }: { readonly onPick: (tag: string) => void }): JSX.Element {
  const { t, pick } = useT();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ['tags', 'search', q],
    queryFn: ({ signal }) => call(tags.list, { query: { q, limit: 40 }, signal }),
    enabled: q !== '',
    placeholderData: (previous) => previous,
  });
  const hits = q === '' ? [] : (data?.items ?? []).filter((tag) => tag.type !== 'string').slice(0, 12);
  const choose = (tag: string | undefined): void => {
    if (tag === undefined) return;
    onPick(tag);
    setText('');
    setAt(0);
  };
  return (
    <div className="picker">
      <input
        className="input"
        placeholder={t('trend.add')}
        aria-label={t('trend.add')}
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls="tag-hits"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt((n) => Math.min(hits.length - 1, n + 1));
          else if (event.key === 'ArrowUp') setAt((n) => Math.max(0, n - 1));
          else if (event.key === 'Enter') choose(hits[at]?.id);
          else if (event.key === 'Escape') setText('');
          else return;
          event.preventDefault();
        }}
      />
      {hits.length > 0 ? (
        <ul id="tag-hits" role="listbox" aria-label={t('search.results')}>
          {hits.map((tag, i) => (
            <li key={tag.id} role="option" aria-selected={i === at} onMouseDown={() => choose(tag.id)}>
              <span className="grow ellipsis">{pick(tag.label)}</span>
              <span className="code">{tag.id}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
