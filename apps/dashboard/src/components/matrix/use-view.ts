import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { spanOf, type Place, type Span } from '../../model/grid-window.js';
import { layoutFor, type Layout } from './layout.js';

export interface View {
  readonly layout: Layout;
  readonly rowSpan: Span;
  readonly columnSpan: Span;
  /** Scrolls so far that a place stands in sight beside the headers, and no farther. */
  readonly reveal: (place: Place) => void;
}

interface Spans {
  readonly rowSpan: Span;
  readonly columnSpan: Span;
}

/** The part of the matrix in sight. Scrolling within one row or column changes nothing, and so draws nothing. */
export function useView(scroller: RefObject<HTMLElement>, rows: number, columns: number, longestName: number): View {
  const [width, setWidth] = useState(() => Math.min(1_000, innerWidth - 32));
  const layout = useMemo(() => layoutFor(width, columns, longestName), [width, columns, longestName]);
  const [spans, setSpans] = useState<Spans>({ rowSpan: { first: 0, end: 0 }, columnSpan: { first: 0, end: 0 } });

  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = element;
    const next: Spans = {
      rowSpan: spanOf(scrollTop, Math.max(200, clientHeight - layout.headHeight), layout.rowHeight, rows),
      columnSpan: spanOf(scrollLeft, Math.max(200, clientWidth - layout.headWidth), layout.columnWidth, columns),
    };
    setSpans((before) =>
      sameSpan(before.rowSpan, next.rowSpan) && sameSpan(before.columnSpan, next.columnSpan) ? before : next,
    );
  }, [layout, rows, columns, scroller]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    look();
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
      look();
    });
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [look, scroller]);

  const reveal = useCallback(
    ({ row, column }: Place) => {
      const element = scroller.current;
      if (!element) return;
      if (row >= 0)
        element.scrollTop = edge(element.scrollTop, element.clientHeight - layout.headHeight, row, layout.rowHeight);
      if (column >= 0)
        element.scrollLeft = edge(
          element.scrollLeft,
          element.clientWidth - layout.headWidth,
          column,
          layout.columnWidth,
        );
      look();
    },
    [layout, look, scroller],
  );
  return { layout, ...spans, reveal };
}

function sameSpan(left: Span, right: Span): boolean {
  return left.first === right.first && left.end === right.end;
}

function edge(scrolled: number, visible: number, index: number, size: number): number {
  const start = index * size;
  if (start < scrolled) return start;
  return start + size > scrolled + visible ? start + size - visible : scrolled;
}
