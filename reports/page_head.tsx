/**
 * The head of a page: all pages are one file that loads nothing and runs nothing.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";

/** The `<head>` of a page; children stand before its title. */
export function PageHead(
  props: { title: string; styles: string; children?: ComponentChildren },
): VNode {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
      />
      <meta name="color-scheme" content="light dark" />
      {props.children}
      <title>{props.title}</title>
      <style dangerouslySetInnerHTML={{ __html: props.styles }} />
    </head>
  );
}
