import { Component, h, type FunctionComponent, type ComponentChild } from 'preact';

/** A component that is drawn again only when `same` says that its properties differ. `preact/compat` would cost 4 KB. */
export function memo<P extends object>(
  inner: FunctionComponent<P>,
  same: (left: P, right: P) => boolean,
): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }
    override render(): ComponentChild {
      return h(inner as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
