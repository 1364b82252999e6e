import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bound, moveTo, type Place } from '../../model/grid-window.js';
import type { Layout } from './layout.js';

interface Roving {
  readonly place: Place;
  readonly setPlace: (place: Place) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** One tab stop for the whole matrix, moved by the arrow keys. */
export function usePlace(
  scroller: RefObject<HTMLElement>,
  size: { readonly rows: number; readonly columns: number },
  layout: Layout,
  reveal: (place: Place) => void,
): Roving {
  const [wanted, setPlace] = useState<Place>({ row: 0, column: 0 });
  const focusWanted = useRef(false);
  const place = bound(wanted, size);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return;
    const pageRows = Math.max(
      1,
      Math.floor(((scroller.current?.clientHeight ?? 0) - layout.headHeight) / layout.rowHeight) - 1,
    );
    const next = moveTo(event.key, event.ctrlKey, placeOf(event.target) ?? place, { ...size, pageRows });
    if (!next) return;
    event.preventDefault();
    focusWanted.current = true;
    setPlace(next);
    reveal(next);
  };

  useLayoutEffect(() => {
    if (!focusWanted.current) return;
    const element = scroller.current?.querySelector<HTMLElement>(`[data-place="${place.row},${place.column}"]`);
    if (!element) return;
    focusWanted.current = false;
    element.focus({ preventScroll: true });
  });

  return { place, setPlace, onKeyDown };
}

export function placeOf(target: EventTarget | null): Place | undefined {
  const [row, column] = (target as HTMLElement | null)?.dataset['place']?.split(',').map(Number) ?? [];
  return row === undefined || column === undefined ? undefined : { row, column };
}
